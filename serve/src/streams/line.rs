//! The call of one connection, and until when it lasts whatever the peer does.

use std::future::{Future, pending};
use std::time::Instant;

use tokio::time::timeout_at;

use crate::engine::{Broken, CallInput, EndReason, Engine, NewCall, Permit};

/// How a connection has ended.
pub struct Ended {
    pub reason: EndReason,
    pub message: Option<String>,
}

impl Ended {
    /// Without more to say.
    pub fn new(reason: EndReason) -> Self {
        Self {
            reason,
            message: None,
        }
    }
}

impl From<Broken> for Ended {
    fn from(broken: Broken) -> Self {
        Self {
            reason: broken.reason,
            message: Some(broken.message),
        }
    }
}

/// A call, or the place for one before it starts.
pub struct Line<'a> {
    engine: &'a Engine,
    permit: Option<Permit>,
    input: Option<CallInput>,
    /// Until when the call has to start, and then until when the next sign of life has to come.
    idle_by: Instant,
}

impl<'a> Line<'a> {
    pub fn new(engine: &'a Engine, permit: Permit) -> Self {
        Self {
            permit: Some(permit),
            input: None,
            idle_by: Instant::now() + engine.limits().max_start,
            engine,
        }
    }

    /// Starts the call; `None` if it has been started before.
    pub fn start(&mut self, call: NewCall) -> Option<&mut CallInput> {
        let permit = self.permit.take()?;
        self.input = Some(self.engine.start(permit, call));
        self.is_alive();
        self.input.as_mut()
    }

    /// The call, once it has started.
    pub fn input(&mut self) -> Option<&mut CallInput> {
        self.input.as_mut()
    }

    /// Notes a sign of life. Not every message is one: a peer may send marks, or answer pings, long
    /// after its call is over.
    pub fn is_alive(&mut self) {
        if self.input.is_some() {
            self.idle_by = Instant::now() + self.engine.limits().max_idle;
        }
    }

    /// What `work` gives, unless the call has to end before that.
    ///
    /// # Errors
    ///
    /// How it has ended.
    pub async fn unless_over<T>(&self, work: impl Future<Output = T>) -> Result<T, Ended> {
        let (until, late) = match &self.input {
            Some(input) if input.deadline() < self.idle_by => {
                (input.deadline(), EndReason::TooLong)
            }
            _ => (self.idle_by, EndReason::Idle),
        };
        let over = async {
            match &self.input {
                Some(input) => input.call().over().await,
                None => pending().await,
            }
        };
        let yielded = async {
            match &self.permit {
                Some(permit) => permit.yielded().await,
                None => pending().await,
            }
        };
        tokio::select! {
            // What a worker has found ends the call, whatever else waits; it knows the reason.
            biased;
            () = over => Err(Ended::new(EndReason::Internal)),
            () = self.engine.stop().cancelled() => Err(Ended::new(EndReason::Shutdown)),
            () = yielded => Err(Ended {
                reason: EndReason::Idle,
                message: Some("no call was started, and its place went to another".into()),
            }),
            done = timeout_at(until.into(), work) => done.map_err(|_| Ended::new(late)),
        }
    }

    /// Ends the call, and waits for its last verdict. Gives its reason, since a worker may have
    /// ended it first; the given one where no call has started.
    pub async fn end(mut self, ended: Ended) -> Ended {
        let Ended { reason, message } = ended;
        let Some(mut input) = self.input.take() else {
            let (name, why) = (reason.name(), message.as_deref());
            self.engine.meters().failed(name);
            tracing::warn!(reason = name, why, "a stream ended before its call started");
            return Ended { reason, message };
        };
        input.end(reason, message);
        input.call().over().await;
        let (reason, message) = input.call().ended().unwrap_or((reason, None));
        Ended { reason, message }
    }
}
