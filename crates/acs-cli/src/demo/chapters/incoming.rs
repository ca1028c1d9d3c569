//! Calls that the application is offered.

use acs_call_automation::{AnswerCallOptions, CallRejectReason, CommunicationIdentifier, RejectCallOptions};
use acs_emulator::PartyScript;
use anyhow::{Context as _, ensure};

use crate::demo::stage::Stage;

pub(super) async fn answered(stage: &mut Stage) -> anyhow::Result<()> {
    let caller = CommunicationIdentifier::phone(stage.telephone(PartyScript::answer()));
    let mut offers = stage.hub.incoming_calls();

    stage.step(&format!("{} is dialled from outside", stage.own_number));
    let own = CommunicationIdentifier::phone(&stage.own_number);
    stage.emulator.party(&caller).call(&own)?;
    let offer = stage.offer(&mut offers).await?;
    ensure!(
        offer.from() == Some(&caller),
        "the offer does not name the caller: {offer:?}"
    );
    ensure!(
        offer.to() == Some(&own),
        "the offer does not name the number: {offer:?}"
    );
    stage.outcome("IncomingCall over Event Grid, with caller and number");

    stage.step("answer");
    let call = AnswerCallOptions::new(&offer, &stage.callback)
        .operation_context("front desk")
        .send(&stage.client)
        .await?;
    call.connected().await?;
    stage.outcome("CallConnected");

    stage.step("the caller hangs up");
    stage.emulator.party(&caller).hang_up()?;
    call.disconnected().await?;
    stage.outcome("CallDisconnected");
    Ok(())
}

pub(super) async fn rejected(stage: &mut Stage) -> anyhow::Result<()> {
    let bob = stage.user("Bob", PartyScript::offer());
    let mut offers = stage.hub.incoming_calls();

    stage.step("the application calls Bob, and is offered the call as his assistant");
    let call = stage.client.create_call(&bob, &stage.callback).await?;
    let offer = stage.offer(&mut offers).await?;
    ensure!(offer.to() == Some(&bob), "somebody else is called: {offer:?}");
    stage.outcome("IncomingCall for Bob");

    stage.step("reject: busy");
    stage
        .client
        .reject_call(RejectCallOptions::new(&offer).reason(CallRejectReason::Busy))
        .await?;
    let error = call.connected().await.err().context("the call was connected")?;
    let failure = error.outcome_failure().context("no failure event")?;
    let result = failure.result_information().context("no codes")?;
    ensure!(result.code == 486, "expected 486, found {result:?}");
    stage.outcome("the caller's side: CreateCallFailed, 486");

    stage.step("use the offer once more");
    let again = stage.client.answer_call(&offer, &stage.callback).await.err();
    ensure!(
        again.is_some_and(|error| error.is_not_found()),
        "an offer can be used twice"
    );
    stage.outcome("404, code 8522: an offer is good once");
    Ok(())
}

pub(super) async fn redirected(stage: &mut Stage) -> anyhow::Result<()> {
    let carol = stage.user("Carol", PartyScript::offer());
    let dave = stage.user("Dave", PartyScript::answer());
    let mut offers = stage.hub.incoming_calls();

    stage.step("the application calls Carol");
    let call = stage.client.create_call(&carol, &stage.callback).await?;
    let offer = stage.offer(&mut offers).await?;
    stage.outcome("IncomingCall for Carol");

    stage.step("redirect to Dave, who answers");
    stage.client.redirect_call(&offer, &dave).await?;
    call.connected().await?;
    let count = stage.participants(&call, 2).await?;
    let view = call.participants_view()?;
    ensure!(view.get(&dave).is_some(), "Dave is not in the call");
    ensure!(view.get(&carol).is_none(), "Carol is in the call");
    stage.outcome(&format!(
        "the caller's side: CallConnected, {count} participants, one of them Dave"
    ));

    stage.step("hang up");
    call.hang_up(true).await?;
    call.disconnected().await?;
    stage.outcome("CallDisconnected");
    Ok(())
}
