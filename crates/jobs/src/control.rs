//! What people do to jobs: pause, resume, cancel.
//!
//! Each is a change of the record in the caller's transaction, so that inside BEGIN it counts from COMMIT on. The run
//! learns of it at its next look, within a second ([`crate::Running::start`]); a new run begins when
//! [`Registry::carry_out`] is called after the commit.

use std::error::Error as StdError;
use std::sync::Arc;

use cairn_storage::Transaction;

use crate::error::{Error, Result};
use crate::{JobId, Record, Registry, Status, transact};

/// What may be done to a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Control {
    Pause,
    Resume,
    Cancel,
}

impl Registry {
    /// Pauses, resumes or cancels a job; it counts once the caller's transaction commits, and is carried out by
    /// [`Registry::carry_out`]. Doing it twice changes nothing.
    ///
    /// # Errors
    /// [`Error::Unknown`], [`Error::NotAllowed`] and [`Error::CannotPause`] by the job's state,
    /// [`Error::NotControllable`] and [`Error::NoPause`] by its kind, [`Error::Sealing`] when it is too late.
    pub async fn control_in(&self, txn: &Transaction, id: JobId, control: Control) -> Result<()> {
        let record = self.get(txn, id).await?;
        let duty = self.duty(record.kind)?;
        if !duty.is_controllable() {
            return Err(Error::NotControllable(id));
        }
        match control {
            Control::Pause if !record.status.is_terminal() && duty.resume().is_none() => {
                Err(Error::NoPause {
                    id,
                    kind: record.kind,
                })
            }
            Control::Pause => self.pause_in(txn, record),
            Control::Resume => self.resume_in(txn, record),
            Control::Cancel => self.cancel_in(txn, record).await,
        }
    }

    /// After a control's commit: starts what was resumed, and removes the bytes of what was canceled.
    pub async fn carry_out(self: &Arc<Self>, id: JobId) {
        if let Err(error) = self.go_on(id).await {
            tracing::warn!(
                job = id.0,
                error = &error as &dyn StdError,
                "cannot let the job go on now; it is tried again"
            );
        }
        self.sweep(id).await;
    }

    /// One control in a transaction of its own, carried out.
    ///
    /// # Errors
    /// Those of [`Registry::control_in`], and of the store.
    pub async fn control(self: &Arc<Self>, id: JobId, control: Control) -> Result<()> {
        transact(self.engine(), |txn| async move {
            self.control_in(&txn, id, control).await
        })
        .await?;
        self.carry_out(id).await;
        Ok(())
    }

    fn pause_in(&self, txn: &Transaction, mut record: Record) -> Result<()> {
        let (id, status) = (record.id, record.status);
        match status {
            Status::Paused => Ok(()),
            status if status.is_terminal() => Err(Error::CannotPause { id, status }),
            _ if record.sealing => Err(Error::Sealing(id)),
            _ => {
                record.status = Status::Paused;
                record.paused_epoch = record.epoch;
                record.epoch += 1;
                self.put(txn, &mut record)
            }
        }
    }

    /// Pauses a job that nobody asked to pause.
    pub(crate) async fn pause_because(&self, id: JobId, reason: &str) -> Result<()> {
        transact(self.engine(), |txn| async move {
            let mut record = self.get(&*txn, id).await?;
            if record.status.is_terminal() {
                return Ok(());
            }
            record.error = Some(reason.to_owned());
            record.interruptions = 0;
            record.sealing = false;
            self.pause_in(&txn, record)
        })
        .await
        .map(|((), _)| ())
    }

    fn resume_in(&self, txn: &Transaction, mut record: Record) -> Result<()> {
        let (id, status) = (record.id, record.status);
        match status {
            Status::Running => Ok(()),
            Status::Paused => {
                record.status = Status::Running;
                record.epoch += 1;
                record.error = None;
                record.interruptions = 0;
                self.put(txn, &mut record)
            }
            status => Err(Error::NotAllowed {
                id,
                status,
                verb: "resumed",
            }),
        }
    }

    /// One commit, after which the job's names are free and nothing is protected. Its bytes go when its pieces have
    /// stopped.
    async fn cancel_in(&self, txn: &Transaction, record: Record) -> Result<()> {
        let (id, status) = (record.id, record.status);
        match status {
            Status::Canceled => Ok(()),
            status if status.is_terminal() => Err(Error::NotAllowed {
                id,
                status,
                verb: "canceled",
            }),
            _ if record.sealing => Err(Error::Sealing(id)),
            _ => {
                self.end_in(txn, record, Status::Canceled, "job canceled")
                    .await
            }
        }
    }
}
