//! The threads that work on questions, with deeper stacks than those of whoever asks.
//!
//! Operators of a plan call each other as deep as the plan nests, and a statement may nest as deep as `sql` allows.

use crate::QueryError;
use datafusion::common::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchReceiverStream;
use futures::StreamExt;
use tokio::runtime::{Builder, Handle, Runtime};

/// Stack of a thread; only what is used of it takes memory.
const STACK_BYTES: usize = 1 << 25;
/// Batches that wait for whoever asked.
const WAITING_BATCHES: usize = 2;

/// A runtime for questions alone.
#[derive(Debug)]
pub(crate) struct Workers(Option<Runtime>);

impl Workers {
    /// So many threads, and others for reading files.
    pub(crate) fn new(threads: usize) -> Result<Self, QueryError> {
        let runtime = Builder::new_multi_thread().worker_threads(threads.max(1)).thread_stack_size(STACK_BYTES).enable_all().build();
        Ok(Self(Some(runtime.map_err(|source| QueryError::NoThread { source })?)))
    }

    pub(crate) fn handle(&self) -> &Handle {
        self.0.as_ref().expect("it is there until it is dropped").handle()
    }

    /// The same stream, worked on by these threads; they stop when it is dropped.
    pub(crate) fn drive(&self, mut stream: SendableRecordBatchStream) -> SendableRecordBatchStream {
        let mut driven = RecordBatchReceiverStream::builder(stream.schema(), WAITING_BATCHES);
        let batches = driven.tx();
        let work = async move {
            while let Some(batch) = stream.next().await {
                if batches.send(batch).await.is_err() {
                    break;
                }
            }
            Ok::<(), DataFusionError>(())
        };
        driven.spawn_on(work, self.handle());
        driven.build()
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        // Waiting for threads is not allowed where questions are asked from.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
