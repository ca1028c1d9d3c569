//! Scenarios of whole calls: create, answer, reject, redirect, connect, read, hang up.

use acs_call_automation::{
    AnswerCallOptions, CallInvite, CallLocator, CallRejectReason, ConnectCallOptions, CreateCallOptions,
    CreateGroupCallOptions, RedirectCallOptions, RejectCallOptions,
};
use acs_call_events::IncomingCall;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use serde_json::Value;

use super::outcome::{done, opened, outcome, properties};
use super::{Input, Needs, Scenario};
use crate::app::Application;
use crate::soon;
use crate::world::{OWN_NUMBER, TELEPHONE};

/// A leg that no resource has.
pub(super) const NO_CALL: &str = "00000000-0000-4000-8000-00000000dead";
/// The address in recordings; the scrubber puts it in place of the real one.
const CONTEXT: &str = "recorded-1";

type Prepared<'a> = BoxFuture<'a, anyhow::Result<Input>>;
type Client = acs_call_automation::CallAutomationClient;

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario::new("createCall", new_user, create_call),
        Scenario::new("createCall", telephone, create_call_to_telephone)
            .variant(
                "telephone",
                "A telephone is called, with a caller id of the resource.",
            )
            .needs(Needs::Telephone),
        Scenario::new("createCall", two_users, create_group_call)
            .variant("group", "Two users are called: a group call."),
        Scenario::new("createCall", new_user, create_call)
            .variant("unauthorized", "Signed with a key that is not the resource's.")
            .by_a_stranger(),
        Scenario::new("answerCall", offer, answer),
        Scenario::new("answerCall", spent_offer, answer).variant(
            "not-found",
            "The offer was rejected before; its context is spent.",
        ),
        Scenario::new("rejectCall", offer, reject).variant("", "Rejected as busy."),
        Scenario::new("rejectCall", spent_offer, reject).variant(
            "not-found",
            "The offer was rejected before; its context is spent.",
        ),
        Scenario::new("redirectCall", offer_and_user, redirect),
        Scenario::new("redirectCall", spent_offer_and_user, redirect).variant(
            "not-found",
            "The offer was rejected before; its context is spent.",
        ),
        Scenario::new("connect", server_call, connect_server_call),
        Scenario::new("connect", group, connect_group)
            .variant("group", "By the id of a group call that begins with it."),
        Scenario::new("connect", room, connect_room)
            .variant("room", "By the id of a room.")
            .needs(Needs::Emulator),
        Scenario::new("connect", group, connect_group)
            .variant("unauthorized", "Signed with a key that is not the resource's.")
            .by_a_stranger(),
        Scenario::new("getCall", connected, get_call).variant("", "A connected call of two users."),
        Scenario::new("getCall", ringing, get_call).variant("connecting", "The callee still rings."),
        Scenario::new("getCall", no_call, get_call).variant("not-found", "No such call."),
        Scenario::new("hangupCall", connected, hang_up),
        Scenario::new("hangupCall", ended, hang_up).variant("not-found", "The call was hung up before."),
        Scenario::new("terminateCall", connected, terminate),
        Scenario::new("terminateCall", ended, terminate).variant("not-found", "The call was hung up before."),
    ]
}

fn with_callback(app: &Application) -> Input {
    Input::new().with("callbackUri", app.callback())
}

fn new_user(app: &Application) -> Prepared<'_> {
    async move { Ok(with_callback(app).party("user", app.user().await?)) }.boxed()
}

fn two_users(app: &Application) -> Prepared<'_> {
    async move {
        Ok(with_callback(app)
            .party("first", app.user().await?)
            .party("second", app.user().await?))
    }
    .boxed()
}

fn telephone(app: &Application) -> Prepared<'_> {
    async move {
        Ok(with_callback(app)
            .with("telephone", TELEPHONE)
            .with("callerId", OWN_NUMBER))
    }
    .boxed()
}

fn offer(app: &Application) -> Prepared<'_> {
    async move { Ok(with_callback(app).offer(&app.ringing().await?.1)) }.boxed()
}

async fn spend(app: &Application) -> anyhow::Result<IncomingCall> {
    let (caller, offer) = app.ringing().await?;
    app.client().reject_call(&offer).await?;
    soon("the rejected call to end", caller.disconnected()).await?;
    Ok(offer)
}

fn spent_offer(app: &Application) -> Prepared<'_> {
    async move { Ok(with_callback(app).offer(&spend(app).await?)) }.boxed()
}

fn offer_and_user(app: &Application) -> Prepared<'_> {
    async move {
        let (_, offer) = app.ringing().await?;
        Ok(Input::new().offer(&offer).party("target", app.user().await?))
    }
    .boxed()
}

fn spent_offer_and_user(app: &Application) -> Prepared<'_> {
    async move {
        let offer = spend(app).await?;
        Ok(Input::new().offer(&offer).party("target", app.user().await?))
    }
    .boxed()
}

fn server_call(app: &Application) -> Prepared<'_> {
    async move {
        let properties = app.pair().await?.caller.properties().await?;
        let id = anyhow::Context::context(properties.server_call_id, "a connected call has an id")?;
        Ok(with_callback(app).with("serverCallId", id.as_str()))
    }
    .boxed()
}

fn group(app: &Application) -> Prepared<'_> {
    async move { Ok(with_callback(app).with("groupCallId", "00000000-0000-4000-8000-0000000c0ffe")) }.boxed()
}

fn room(app: &Application) -> Prepared<'_> {
    async move { Ok(with_callback(app).with("roomId", "99400000000000001")) }.boxed()
}

pub(super) fn connected(app: &Application) -> Prepared<'_> {
    async move { Ok(Input::new().leg(&app.pair().await?.caller)) }.boxed()
}

pub(super) fn ringing(app: &Application) -> Prepared<'_> {
    async move { Ok(Input::new().leg(&app.ringing().await?.0)) }.boxed()
}

pub(super) fn no_call(_app: &Application) -> Prepared<'_> {
    async move { Ok(Input::new().with("callConnectionId", NO_CALL)) }.boxed()
}

fn ended(app: &Application) -> Prepared<'_> {
    async move {
        let pair = app.pair().await?;
        pair.caller.hang_up(true).await?;
        soon("the call to end", pair.caller.disconnected()).await?;
        Ok(Input::new().leg(&pair.caller))
    }
    .boxed()
}

fn create_call(client: Client, input: Input) -> BoxFuture<'static, Value> {
    async move {
        let options = CreateCallOptions::new(
            CallInvite::new(input.who("user")).source_display_name("Contoso"),
            input.text("callbackUri"),
        );
        outcome(options.operation_context(CONTEXT).send(&client).await, opened)
    }
    .boxed()
}

fn create_call_to_telephone(client: Client, input: Input) -> BoxFuture<'static, Value> {
    async move {
        let invite = CallInvite::phone(input.text("telephone"), input.text("callerId"));
        let options = CreateCallOptions::new(invite, input.text("callbackUri"));
        outcome(options.operation_context(CONTEXT).send(&client).await, opened)
    }
    .boxed()
}

fn create_group_call(client: Client, input: Input) -> BoxFuture<'static, Value> {
    async move {
        let targets = [input.who("first"), input.who("second")];
        let options = CreateGroupCallOptions::new(targets, input.text("callbackUri"));
        outcome(options.operation_context(CONTEXT).send(&client).await, opened)
    }
    .boxed()
}

fn answer(client: Client, input: Input) -> BoxFuture<'static, Value> {
    async move {
        let options = AnswerCallOptions::new(input.text("incomingCallContext"), input.text("callbackUri"));
        outcome(options.operation_context(CONTEXT).send(&client).await, opened)
    }
    .boxed()
}

fn reject(client: Client, input: Input) -> BoxFuture<'static, Value> {
    async move {
        let options = RejectCallOptions::new(input.text("incomingCallContext"));
        let options = options.reason(CallRejectReason::Busy);
        outcome(options.send(&client).await, done)
    }
    .boxed()
}

fn redirect(client: Client, input: Input) -> BoxFuture<'static, Value> {
    async move {
        let options = RedirectCallOptions::new(input.text("incomingCallContext"), input.who("target"));
        outcome(options.send(&client).await, done)
    }
    .boxed()
}

async fn connect(client: Client, locator: CallLocator, input: Input) -> Value {
    let options = ConnectCallOptions::new(locator, input.text("callbackUri"));
    outcome(options.operation_context(CONTEXT).send(&client).await, opened)
}

fn connect_server_call(client: Client, input: Input) -> BoxFuture<'static, Value> {
    connect(
        client,
        CallLocator::server_call(input.text("serverCallId")),
        input,
    )
    .boxed()
}

fn connect_group(client: Client, input: Input) -> BoxFuture<'static, Value> {
    connect(client, CallLocator::group_call(input.text("groupCallId")), input).boxed()
}

fn connect_room(client: Client, input: Input) -> BoxFuture<'static, Value> {
    connect(client, CallLocator::room(input.text("roomId")), input).boxed()
}

fn get_call(client: Client, input: Input) -> BoxFuture<'static, Value> {
    async move {
        let call = client.call_connection(input.call_connection_id());
        outcome(call.properties().await, properties)
    }
    .boxed()
}

fn hang_up(client: Client, input: Input) -> BoxFuture<'static, Value> {
    async move {
        let call = client.call_connection(input.call_connection_id());
        outcome(call.hang_up(false).await, done)
    }
    .boxed()
}

fn terminate(client: Client, input: Input) -> BoxFuture<'static, Value> {
    async move {
        let call = client.call_connection(input.call_connection_id());
        outcome(call.hang_up(true).await, done)
    }
    .boxed()
}
