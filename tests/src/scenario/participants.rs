//! Scenarios of participants: list, read, add, cancel, remove, mute, move, transfer.

use std::time::Duration;

use acs_call_automation::{
    AddParticipantOptions, CallConnection, CallInvite, CancelAddParticipantOperationOptions,
    CommunicationUserIdentifier, Error, MoveParticipantsOptions, MuteParticipantOptions, OperationContext,
    RemoveParticipantOptions, TransferToParticipantOptions,
};
use futures::future::BoxFuture;
use futures::{FutureExt as _, TryStreamExt as _};
use serde_json::{Value, json};

use super::calls::{NO_CALL, no_call};
use super::outcome::{outcome, participant};
use super::{Input, Needs, Scenario};
use crate::app::{Application, Pair};

const CONTEXT: &str = "recorded-1";

type Prepared<'a> = BoxFuture<'a, anyhow::Result<Input>>;
type Client = acs_call_automation::CallAutomationClient;

pub(super) fn scenarios() -> Vec<Scenario> {
    const NOT_ESTABLISHED: &str = "The callee still rings.";
    const NO_SUCH_CALL: &str = "No such call.";
    vec![
        Scenario::new("transferToParticipant", pair_and_user, transfer)
            .variant("", "A 1:1 call: its far end is moved."),
        Scenario::new("transferToParticipant", three_and_user, transfer_of_one)
            .variant("transferee", "A group call: the named participant is moved."),
        Scenario::new("transferToParticipant", ringing_and_user, transfer)
            .variant("not-established", NOT_ESTABLISHED),
        Scenario::new("transferToParticipant", three_and_user, transfer)
            .variant("invalid", "A group call, and nobody is named as transferee."),
        Scenario::new("getParticipants", three, list)
            .variant("", "Three participants on pages of two.")
            .needs(Needs::Emulator),
        Scenario::new("getParticipants", no_call, list).variant("not-found", NO_SUCH_CALL),
        Scenario::new("getParticipant", pair_with_user, get),
        Scenario::new("getParticipant", pair_and_user, get)
            .variant("not-found", "The user is not in the call."),
        Scenario::new("addParticipant", pair_and_user, add),
        Scenario::new("addParticipant", ringing_and_user, add).variant("not-established", NOT_ESTABLISHED),
        Scenario::new("addParticipant", no_call_and_user, add).variant("not-found", NO_SUCH_CALL),
        Scenario::new("removeParticipant", three, remove),
        Scenario::new("removeParticipant", no_call_and_user, remove).variant("not-found", NO_SUCH_CALL),
        Scenario::new("muteParticipants", three, mute),
        Scenario::new("muteParticipants", no_call_and_user, mute).variant("not-found", NO_SUCH_CALL),
        Scenario::new("cancelAddParticipant", invited, cancel_add),
        Scenario::new("cancelAddParticipant", never_invited, cancel_add).variant("not-found", NO_SUCH_CALL),
        Scenario::new("moveParticipants", two_calls, move_here),
        Scenario::new("moveParticipants", ringing_and_call, move_here).variant(
            "not-established",
            "The call that the participant comes to is not connected.",
        ),
    ]
}

/// A leg and somebody, named as the operations here expect it.
fn leg_and(leg: &CallConnection, user: CommunicationUserIdentifier) -> Input {
    Input::new().leg(leg).party("participant", user)
}

fn pair_with_user(app: &Application) -> Prepared<'_> {
    async move {
        let Pair { caller, user, .. } = app.pair().await?;
        Ok(leg_and(&caller, user))
    }
    .boxed()
}

fn pair_and_user(app: &Application) -> Prepared<'_> {
    async move { Ok(leg_and(&app.pair().await?.caller, app.user().await?)) }.boxed()
}

fn ringing_and_user(app: &Application) -> Prepared<'_> {
    async move { Ok(leg_and(&app.ringing().await?.0, app.user().await?)) }.boxed()
}

fn no_call_and_user(app: &Application) -> Prepared<'_> {
    async move {
        Ok(Input::new()
            .with("callConnectionId", NO_CALL)
            .party("participant", app.user().await?))
    }
    .boxed()
}

/// A call of three: `participant` was added.
fn three(app: &Application) -> Prepared<'_> {
    async move {
        let caller = app.pair().await?.caller;
        let (added, _) = app.add(&caller).await?;
        Ok(leg_and(&caller, added))
    }
    .boxed()
}

fn three_and_user(app: &Application) -> Prepared<'_> {
    async move {
        let caller = app.pair().await?.caller;
        let (added, _) = app.add(&caller).await?;
        Ok(leg_and(&caller, app.user().await?).party("transferee", added))
    }
    .boxed()
}

fn invited(app: &Application) -> Prepared<'_> {
    async move {
        let caller = app.pair().await?.caller;
        let user = app.user().await?;
        let adding = caller.add_participant(user.clone()).await?;
        app.offer_to(user).await;
        Ok(Input::new()
            .leg(&caller)
            .with("invitationId", adding.invitation_id().as_str()))
    }
    .boxed()
}

fn never_invited(_app: &Application) -> Prepared<'_> {
    async move {
        Ok(Input::new()
            .with("callConnectionId", NO_CALL)
            .with("invitationId", "00000000-0000-4000-8000-00000000beef"))
    }
    .boxed()
}

fn two_calls(app: &Application) -> Prepared<'_> {
    async move {
        let here = app.pair().await?;
        let there = app.pair().await?;
        Ok(leg_and(&here.caller, there.user).with("fromCall", there.caller.id().as_str()))
    }
    .boxed()
}

fn ringing_and_call(app: &Application) -> Prepared<'_> {
    async move {
        let there = app.pair().await?;
        let (here, _) = app.ringing().await?;
        Ok(leg_and(&here, there.user).with("fromCall", there.caller.id().as_str()))
    }
    .boxed()
}

fn call(client: &Client, input: &Input) -> CallConnection {
    client.call_connection(input.call_connection_id())
}

fn context(context: impl AsRef<str>) -> Value {
    json!({ "operationContext": context.as_ref() })
}

fn transfer_options(input: &Input) -> TransferToParticipantOptions {
    TransferToParticipantOptions::new(input.who("participant")).operation_context(CONTEXT)
}

fn transfer(client: Client, input: Input) -> BoxFuture<'static, Value> {
    async move {
        let result = call(&client, &input)
            .transfer_call_to_participant(transfer_options(&input))
            .await;
        outcome(result, |transfer| context(transfer.operation_context()))
    }
    .boxed()
}

fn transfer_of_one(client: Client, input: Input) -> BoxFuture<'static, Value> {
    async move {
        let options = transfer_options(&input).transferee(input.who("transferee"));
        let result = call(&client, &input).transfer_call_to_participant(options).await;
        outcome(result, |transfer| context(transfer.operation_context()))
    }
    .boxed()
}

fn list(client: Client, input: Input) -> BoxFuture<'static, Value> {
    async move {
        let pages: Result<Vec<Vec<_>>, Error> = call(&client, &input)
            .list_participants()
            .pages()
            .try_collect()
            .await;
        outcome(pages, |pages| {
            pages
                .iter()
                .map(|page| page.iter().map(participant).collect::<Value>())
                .collect()
        })
    }
    .boxed()
}

fn get(client: Client, input: Input) -> BoxFuture<'static, Value> {
    async move {
        let result = call(&client, &input)
            .get_participant(input.who("participant"))
            .await;
        outcome(result, |found| participant(&found))
    }
    .boxed()
}

fn add(client: Client, input: Input) -> BoxFuture<'static, Value> {
    async move {
        let invite = CallInvite::new(input.who("participant")).voip_header("case", "42");
        let options = AddParticipantOptions::new(invite)
            .invitation_timeout(Duration::from_secs(30))
            .operation_context(CONTEXT);
        outcome(call(&client, &input).add_participant(options).await, |added| {
            json!({
                "participant": participant(added.participant()),
                "invitationId": added.invitation_id().as_str(),
                "operationContext": added.operation_context().as_str(),
            })
        })
    }
    .boxed()
}

fn remove(client: Client, input: Input) -> BoxFuture<'static, Value> {
    async move {
        let options = RemoveParticipantOptions::new(input.who("participant")).operation_context(CONTEXT);
        let result = call(&client, &input).remove_participant(options).await;
        outcome(result, |removed| context(removed.operation_context()))
    }
    .boxed()
}

fn mute(client: Client, input: Input) -> BoxFuture<'static, Value> {
    async move {
        let options = MuteParticipantOptions::new(input.who("participant")).operation_context(CONTEXT);
        let result = call(&client, &input).mute_participant(options).await;
        outcome(
            result,
            |muted| json!({ "operationContext": muted.operation_context().map(OperationContext::as_str) }),
        )
    }
    .boxed()
}

fn cancel_add(client: Client, input: Input) -> BoxFuture<'static, Value> {
    async move {
        let options = CancelAddParticipantOperationOptions::new(input.text("invitationId"));
        let options = options.operation_context(CONTEXT);
        let result = call(&client, &input)
            .cancel_add_participant_operation(options)
            .await;
        outcome(result, |canceled| {
            json!({
                "invitationId": canceled.invitation_id().as_str(),
                "operationContext": canceled.operation_context().as_str(),
            })
        })
    }
    .boxed()
}

fn move_here(client: Client, input: Input) -> BoxFuture<'static, Value> {
    async move {
        let options = MoveParticipantsOptions::new([input.who("participant")], input.text("fromCall"));
        let options = options.operation_context(CONTEXT);
        let result = call(&client, &input).move_participants(options).await;
        outcome(result, |moving| {
            json!({
                "participants": moving.participants().iter().map(participant).collect::<Value>(),
                "fromCall": moving.from_call().as_str(),
                "operationContext": moving.operation_context().as_str(),
            })
        })
    }
    .boxed()
}
