//! Tables that a thread of their own writes: encoding takes as long as making rows does.

use std::panic;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use crate::error::{Error, Result};
use crate::manifest::FileEntry;
use crate::table_writer::Content;
use crate::tables::Tables;

/// How many orders may wait, which bounds the memory that they take.
const WAITING: usize = 128;

/// What the thread is to do with a table.
enum Order {
    Append(String, RecordBatch),
    Declare(String, SchemaRef),
    Close(String),
}

/// Takes what [`Tables`] takes. A failure is told by the next call after it, or by `finish`.
pub(crate) struct TablesAside {
    /// None once the thread has failed, and once it is to end.
    orders: Option<SyncSender<Order>>,
    thread: Option<JoinHandle<Result<Tables>>>,
}

impl TablesAside {
    pub(crate) fn new(folder: PathBuf) -> Self {
        let (sender, receiver) = sync_channel(WAITING);
        let thread = thread::spawn(move || follow(Tables::new(folder, Content::Assets), &receiver));
        Self { orders: Some(sender), thread: Some(thread) }
    }

    pub(crate) fn append(&mut self, table: &str, batch: &RecordBatch) -> Result<()> {
        self.order(Order::Append(table.to_owned(), batch.clone()))
    }

    pub(crate) fn declare(&mut self, table: &str, schema: &SchemaRef) -> Result<()> {
        self.order(Order::Declare(table.to_owned(), schema.clone()))
    }

    /// Completes one table, if it was declared or given rows.
    pub(crate) fn close(&mut self, table: &str) -> Result<()> {
        self.order(Order::Close(table.to_owned()))
    }

    /// Completes all tables and lists them by path; whoever publishes them waits for the disk.
    pub(crate) fn finish(mut self) -> Result<Vec<FileEntry>> {
        self.end()?.finish()
    }

    fn order(&mut self, order: Order) -> Result<()> {
        match &self.orders {
            Some(orders) if orders.send(order).is_ok() => Ok(()),
            // The thread goes on until the last order, unless one fails.
            _ => self.end().map(|_| ()),
        }
    }

    /// Lets the thread come to its end.
    fn end(&mut self) -> Result<Tables> {
        self.orders = None;
        let thread = self.thread.take().ok_or(Error::GivenUp)?;
        thread.join().unwrap_or_else(|panic| panic::resume_unwind(panic))
    }
}

impl Drop for TablesAside {
    /// Nobody writes into the folder any more once this is gone.
    fn drop(&mut self) {
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            // What went wrong does not matter to whoever gives up.
            let _ = thread.join();
        }
    }
}

fn follow(mut tables: Tables, orders: &Receiver<Order>) -> Result<Tables> {
    for order in orders {
        match order {
            Order::Append(table, batch) => tables.append(&table, &batch)?,
            Order::Declare(table, schema) => tables.declare(&table, &schema)?,
            Order::Close(table) => tables.close(&table)?,
        }
    }
    Ok(tables)
}
