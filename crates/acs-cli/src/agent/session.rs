//! An agent that is signed in: what happens to it is told, what is said to it is done.

use acs_calling::{AddParticipantOptions, TransferToCallOptions, TransferToVoicemailOptions};
use acs_calling::{Call, CallAgent, ConnectionState, ConnectionStateChangedReason, Error, IncomingEnd};
use acs_calling::{CallState, StartCallOptions, TransferToParticipantOptions};
use futures::StreamExt as _;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::board::{Board, Met};
use super::command::{Command, Target, Until, Which, read};
use super::notice::{Notice, Participant, Person};
use super::watch::{self, Happening, Happenings};

/// How an agent behaves, and where it tells what happens.
pub(crate) struct Behaviour<'a> {
    pub(crate) auto_answer: bool,
    /// Stays when there are no more commands.
    pub(crate) stay: bool,
    pub(crate) tell: &'a mut (dyn FnMut(&Notice) + Send),
}

/// How it went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ended {
    /// How many commands were refused or not understood.
    pub(crate) refused: usize,
    /// The service has ended it: the token is not valid any more.
    pub(crate) by_token: bool,
}

/// What a command has come to.
type Doing = BoxFuture<'static, Result<Option<Notice>, String>>;

/// What a command becomes.
enum Task {
    Done(Vec<Notice>),
    Doing(Doing),
    Waiting(Waiting),
    Quit,
}

struct Waiting {
    until: Until,
    call: Which,
    deadline: Instant,
    busy: bool,
}

struct Session<'a> {
    agent: CallAgent,
    behaviour: Behaviour<'a>,
    board: Board,
    happenings: Happenings,
    /// Answers that nobody asked for by a command.
    answering: FuturesUnordered<Doing>,
    ended: Ended,
}

/// Until there are no more commands, `stop` is, or the agent is signed out. The agent is disposed of.
pub(crate) async fn run(
    agent: CallAgent,
    behaviour: Behaviour<'_>,
    mut lines: mpsc::Receiver<String>,
    stop: impl Future<Output = ()>,
) -> Ended {
    let mut session = Session {
        happenings: watch::agent(&agent),
        agent,
        behaviour,
        board: Board::default(),
        answering: FuturesUnordered::new(),
        ended: Ended::default(),
    };
    tokio::pin!(stop);
    // The command that is being carried out; the next one is read when it is done.
    let mut current: Option<(String, Task)> = None;
    let mut listening = true;
    loop {
        let (doing, waiting) = match &mut current {
            None => (None, None),
            Some((_, Task::Doing(doing))) => (Some(doing), None),
            Some((_, Task::Waiting(waiting))) => (None, Some(&*waiting)),
            Some((_, Task::Done(_) | Task::Quit)) => break,
        };
        let idle = doing.is_none() && waiting.is_none();
        let due = waiting.map(|waiting| waiting.deadline);
        let result = tokio::select! {
            biased;
            () = &mut stop => break,
            Some(happening) = session.happenings.next() => {
                if session.happens(happening) {
                    break;
                }
                match waiting.map(|waiting| session.board.met(waiting.until, waiting.call, waiting.busy)) {
                    None | Some(Met::NotYet) => continue,
                    Some(Met::Yes) => Ok(None),
                    Some(Met::Never(why)) => Err(why),
                }
            }
            Some(answered) = session.answering.next() => {
                if let Err(message) = answered {
                    // Nobody said so by a command, so it is told and not counted.
                    let command = "auto-answer".to_owned();
                    session.tell(&Notice::Refused { command, message });
                }
                continue;
            }
            result = finish(doing) => result,
            () = until(due) => match waiting.map(|waiting| waiting.until) {
                Some(Until::Time) => Ok(None),
                _ => Err("the time is up".to_owned()),
            },
            line = lines.recv(), if idle && listening => {
                match line {
                    Some(line) => current = session.line(&line),
                    None if session.behaviour.stay => listening = false,
                    None => break,
                }
                if matches!(current, Some((_, Task::Quit))) {
                    break;
                }
                continue;
            }
        };
        if let Some((line, _)) = current.take() {
            session.conclude(line, result);
        }
    }
    session.agent.dispose().await;
    (session.behaviour.tell)(&Notice::SignedOut);
    session.ended
}

async fn finish(doing: Option<&mut Doing>) -> Result<Option<Notice>, String> {
    match doing {
        Some(doing) => doing.await,
        None => std::future::pending().await,
    }
}

async fn until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}

/// An error with what caused it.
fn told(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(source) = cause {
        text.push_str(": ");
        text.push_str(&source.to_string());
        cause = source.source();
    }
    text
}

impl Session<'_> {
    fn tell(&mut self, notice: &Notice) {
        (self.behaviour.tell)(notice);
    }

    fn refuse(&mut self, command: &str, message: String) {
        self.ended.refused += 1;
        self.tell(&Notice::Refused {
            command: command.to_owned(),
            message,
        });
    }

    fn conclude(&mut self, line: String, result: Result<Option<Notice>, String>) {
        match result {
            Ok(notice) => {
                if let Some(notice) = notice {
                    self.tell(&notice);
                }
                self.tell(&Notice::Done { command: line });
            }
            Err(message) => self.refuse(&line, message),
        }
    }

    /// Reads a line and begins what it asks for.
    fn line(&mut self, line: &str) -> Option<(String, Task)> {
        let line = line.trim().to_owned();
        let begun = match read(&line) {
            Ok(None) => return None,
            Ok(Some(command)) => self.begin(command),
            Err(unclear) => Err(unclear),
        };
        match begun {
            Err(message) => {
                self.refuse(&line, message);
                None
            }
            Ok(Task::Done(notices)) => {
                for notice in &notices {
                    self.tell(notice);
                }
                self.tell(&Notice::Done { command: line });
                None
            }
            Ok(Task::Waiting(waiting)) => match self.board.met(waiting.until, waiting.call, waiting.busy) {
                Met::NotYet => Some((line, Task::Waiting(waiting))),
                Met::Yes => {
                    self.conclude(line, Ok(None));
                    None
                }
                Met::Never(why) => {
                    self.conclude(line, Err(why));
                    None
                }
            },
            Ok(task) => Some((line, task)),
        }
    }

    fn begin(&mut self, command: Command) -> Result<Task, String> {
        let agent = self.agent.clone();
        let board = &mut self.board;
        Ok(match command {
            Command::Call { to, from } => {
                let mut options = StartCallOptions::default();
                options.alternate_caller_id = from.map(String::from);
                doing(async move { agent.start_call(to, options).await.map(drop) })
            }
            Command::Join(locator) => doing(async move { agent.join(locator, ()).await.map(drop) }),
            Command::Answer(which) => {
                let (_, incoming) = board.ringing(which)?;
                doing(async move { incoming.accept(()).await.map(drop) })
            }
            Command::Reject(which) => {
                let (_, incoming) = board.ringing(which)?;
                doing(incoming.reject())
            }
            Command::HangUp { call, for_everyone } => {
                let (_, call) = board.call(call)?;
                doing(async move {
                    if for_everyone {
                        call.hang_up_for_everyone().await
                    } else {
                        call.hang_up().await
                    }
                })
            }
            Command::Press { tones, call } => {
                let (number, call) = board.call(call)?;
                let keys = tones
                    .iter()
                    .filter_map(acs_common::enums::DtmfTone::key)
                    .collect();
                let pressed = Notice::Pressed { call: number, keys };
                Task::Doing(Box::pin(async move {
                    for tone in tones {
                        call.send_dtmf(tone).await.map_err(|error| told(&error))?;
                    }
                    Ok(Some(pressed))
                }))
            }
            Command::Mute { call, muted } => {
                let (_, call) = board.call(call)?;
                doing(async move {
                    if muted {
                        call.mute().await
                    } else {
                        call.unmute().await
                    }
                })
            }
            Command::Hold { call, held: true } => {
                let (_, call) = board.call(call)?;
                doing(async move { call.hold().await })
            }
            Command::Hold { call, held: false } => {
                let on_hold = |state| state == CallState::LocalHold;
                let (_, call) = board.call_in(call, "is on hold", on_hold)?;
                doing(async move { call.resume().await })
            }
            Command::Add { who, from, call } => {
                let (_, call) = board.call(call)?;
                let mut options = AddParticipantOptions::default();
                options.alternate_caller_id = from.map(String::from);
                doing(async move { call.add_participant(who, options).await })
            }
            Command::Remove { who, call } => {
                let (_, call) = board.call(call)?;
                doing(async move { call.remove_participant(who).await })
            }
            Command::Transfer {
                call,
                target,
                hang_up,
            } => {
                self.transfer(call, target, hang_up)?;
                Task::Done(Vec::new())
            }
            Command::Decide { call, accept } => {
                let (_, question) = board.question(call)?;
                doing(async move {
                    if accept {
                        question.accept(()).await
                    } else {
                        question.reject().await
                    }
                })
            }
            Command::Wait { until, call, limit } => Task::Waiting(Waiting {
                until,
                call,
                deadline: Instant::now() + limit,
                busy: board.is_busy(),
            }),
            Command::Calls => Task::Done(vec![Notice::Calls { calls: board.list() }]),
            Command::Who => Task::Done(vec![Notice::Who {
                id: agent.identity().raw_id().into_owned(),
                name: agent.display_name().map(str::to_owned),
                connected: agent.connection_state() == ConnectionState::Connected,
            }]),
            Command::Help => Task::Done(vec![Notice::Help]),
            Command::Quit => Task::Quit,
        })
    }

    fn transfer(&mut self, which: Which, target: Target, hang_up: bool) -> Result<(), String> {
        let (number, call) = match &target {
            Target::Call(other) => self.board.call_beside(which, *other)?,
            _ => self.board.call(which)?,
        };
        let transfer = match target {
            Target::Participant { who, forwarding } => {
                let options = TransferToParticipantOptions::default()
                    .disable_forwarding_and_unanswered(!forwarding)
                    .hang_up_when_transferred(hang_up);
                call.transfer_to_participant(who, options)
            }
            Target::Call(other) => {
                let (_, other) = self.board.call(Some(other))?;
                let options = TransferToCallOptions::default().hang_up_when_transferred(hang_up);
                call.transfer_to_call(&other, options)
            }
            Target::Voicemail(user) => {
                let options = TransferToVoicemailOptions::default().hang_up_when_transferred(hang_up);
                call.transfer_to_voicemail(user, options)
            }
        };
        let transfer = transfer.map_err(|error| told(&error))?;
        if let Some(entry) = self.board.entry(number) {
            entry.transfer = Some(transfer.state());
        }
        self.happenings.push(watch::transfer(number, &transfer));
        Ok(())
    }

    /// The number of a call, which is followed from now on.
    fn follow(&mut self, call: &Call) -> u32 {
        let (number, is_new) = self.board.number(call);
        if is_new {
            self.happenings.extend(watch::call(number, call));
        }
        number
    }

    /// Tells what happened. Returns whether the agent is signed out by it.
    fn happens(&mut self, happening: Happening) -> bool {
        match happening {
            Happening::Connection(changed) => {
                let invalid_token = changed.reason == Some(ConnectionStateChangedReason::InvalidToken);
                self.ended.by_token |= invalid_token;
                self.tell(&Notice::Connection {
                    connected: changed.new_value == ConnectionState::Connected,
                    invalid_token,
                });
            }
            Happening::SignedOut => return true,
            Happening::Rings(incoming) => {
                let number = self.board.rings(incoming.clone());
                self.happenings.push(watch::incoming(number, &incoming));
                self.tell(&Notice::Ringing {
                    call: number,
                    caller: Person::from(incoming.caller_info()),
                    transferor: incoming.transferor_info().map(Person::from),
                    headers: incoming.custom_context().map(Into::into),
                });
                if self.behaviour.auto_answer {
                    self.answering.push(Box::pin(async move {
                        let answered = incoming.accept(()).await;
                        answered.map(|_| None).map_err(|error| told(&error))
                    }));
                }
            }
            // It is a call now, and told as one.
            Happening::RingingEnded(_, IncomingEnd::Accepted) => {}
            Happening::RingingEnded(number, end) => {
                self.board.silent(number);
                let reason = match end {
                    IncomingEnd::Ended(reason) => reason,
                    _ => acs_calling::CallEndReason::DECLINED,
                };
                self.tell(&Notice::RingingEnded { call: number, reason });
            }
            Happening::Begun(call) => {
                self.follow(&call);
            }
            Happening::State(number, call, state) => {
                if let Some(entry) = self.board.entry(number) {
                    entry.state = Some(state);
                    if state == CallState::Disconnected {
                        // Nobody is to be asked any more.
                        entry.asked = None;
                    }
                }
                let reason = call
                    .call_end_reason()
                    .filter(|_| state == CallState::Disconnected);
                self.tell(&Notice::Call {
                    call: number,
                    state,
                    direction: call.direction(),
                    reason,
                });
            }
            // The call is over for all of them, and that was told.
            Happening::Muted(number, _) if self.board.is_over(number) => {}
            Happening::Participants(number, mut update) => {
                if self.board.is_over(number) {
                    update.removed.clear();
                }
                for participant in &update.added {
                    let participant = Participant::from(participant);
                    self.tell(&Notice::Participant {
                        call: number,
                        participant,
                    });
                }
                // One that changed is among both.
                let stays = |gone: &acs_calling::RemoteParticipant| {
                    update.added.iter().any(|one| one.identifier == gone.identifier)
                };
                for gone in update.removed.iter().filter(|gone| !stays(gone)) {
                    let who = Participant::from(gone).who;
                    self.tell(&Notice::ParticipantGone { call: number, who });
                }
            }
            Happening::Muted(number, muted) => self.tell(&Notice::Muted { call: number, muted }),
            Happening::TransferredTo(number, call) => {
                let to_call = self.follow(&call);
                self.tell(&Notice::TransferredTo {
                    call: number,
                    to_call,
                });
            }
            Happening::Asked(number, request) => {
                let target = request.target_participant().map(Person::from);
                if let Some(entry) = self.board.entry(number) {
                    entry.asked = Some(request);
                }
                self.tell(&Notice::TransferAsked { call: number, target });
            }
            Happening::Transfer(number, state) => {
                if let Some(entry) = self.board.entry(number) {
                    entry.transfer = Some(state);
                }
                if let Some(notice) = Notice::transfer(number, state) {
                    self.tell(&notice);
                }
            }
        }
        false
    }
}

fn doing(work: impl Future<Output = Result<(), Error>> + Send + 'static) -> Task {
    Task::Doing(Box::pin(async move {
        work.await.map(|()| None).map_err(|error| told(&error))
    }))
}
