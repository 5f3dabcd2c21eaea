//! Sessions that are lent out, so that a model can score on several threads at once.

use std::sync::{Arc, Mutex, PoisonError};

use ort::session::Session;
use ort::session::builder::GraphOptimizationLevel;

use super::names::{TRACT, failed};
use super::runtime::Active;
use crate::Result;

/// As many sessions of one model as were ever needed at the same time.
pub(super) struct Sessions {
    model: Arc<[u8]>,
    active: Active,
    idle: Mutex<Vec<Session>>,
}

impl Sessions {
    /// Makes the first session, which is where a runtime refuses a graph.
    pub(super) fn new(model: Arc<[u8]>, active: Active) -> Result<Self> {
        let sessions = Self {
            model,
            active,
            idle: Mutex::new(Vec::new()),
        };
        let first = sessions.start()?;
        sessions.give_back(first);
        Ok(sessions)
    }

    /// Name of the runtime behind the sessions.
    pub(super) fn runtime(&self) -> &'static str {
        self.active.name
    }

    /// Lends a session to `work`. A session that failed is dropped, not lent again.
    pub(super) fn with<T>(&self, work: impl FnOnce(&mut Session) -> Result<T>) -> Result<T> {
        let idle = self.lock().pop();
        let mut session = match idle {
            Some(session) => session,
            None => self.start()?,
        };
        let result = work(&mut session)?;
        self.give_back(session);
        Ok(result)
    }

    fn give_back(&self, session: Session) {
        self.lock().push(session);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Session>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn start(&self) -> Result<Session> {
        let refused = |e: ort::Error| failed(self.active.name, &e);
        let builder = Session::builder(&self.active.environment).map_err(refused)?;
        let builder = builder
            .with_optimization_level(GraphOptimizationLevel::Level3)
            .unwrap_or_else(|e| e.recover());
        // One thread per session: scans run in parallel over windows and files, where it costs less
        // than inside one small graph. tract knows neither option and has no threads of its own.
        let mut builder = if self.active.name == TRACT {
            builder
        } else {
            builder
                .with_intra_threads(1)
                .unwrap_or_else(|e| e.recover())
                .with_inter_threads(1)
                .unwrap_or_else(|e| e.recover())
        };
        builder.commit_from_memory(&self.model).map_err(refused)
    }
}
