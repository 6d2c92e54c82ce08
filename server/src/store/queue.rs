//! A bounded queue of two urgencies between the callers and the threads that own connections.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::error::{Result, StoreError};

/// How soon a job wants to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Urgency {
    /// Somebody waits at a counter.
    Urgent,
    /// Imports and purges: at most one between two batches of the others.
    Background,
}

/// What a thread gets from the queue.
pub(super) enum Taken<J> {
    /// Jobs that share one transaction; never empty.
    Jobs(Vec<J>),
    /// Nothing came for a while.
    Idle,
    /// The queue was closed and is empty.
    Closed,
}

pub(super) struct Queue<J> {
    waiting: Mutex<Waiting<J>>,
    wake: Condvar,
    limit: usize,
}

struct Waiting<J> {
    urgent: VecDeque<J>,
    background: VecDeque<J>,
    background_is_next: bool,
    closed: bool,
}

impl<J> Queue<J> {
    /// A queue of at most `limit` jobs of each urgency.
    pub(super) fn new(limit: usize) -> Self {
        let waiting =
            Waiting { urgent: VecDeque::new(), background: VecDeque::new(), background_is_next: false, closed: false };
        Self { waiting: Mutex::new(waiting), wake: Condvar::new(), limit }
    }

    pub(super) fn push(&self, urgency: Urgency, job: J) -> Result<()> {
        let mut waiting = self.lock();
        if waiting.closed {
            return Err(StoreError::Closed);
        }
        let line = waiting.line(urgency);
        if line.len() >= self.limit {
            return Err(StoreError::Busy);
        }
        line.push_back(job);
        drop(waiting);
        self.wake.notify_one();
        Ok(())
    }

    /// Puts jobs that must be run again before all others of their urgency.
    pub(super) fn put_back(&self, urgency: Urgency, jobs: Vec<J>) {
        let mut waiting = self.lock();
        for job in jobs.into_iter().rev() {
            waiting.line(urgency).push_front(job);
        }
    }

    /// Waits for jobs: up to `most` urgent ones, or one of the background.
    pub(super) fn take(&self, most: usize, patience: Duration) -> Taken<J> {
        self.take_by(patience, |waiting| waiting.take(most))
    }

    /// As `take`, but lets the background wait; a closed queue gives out all the same.
    pub(super) fn take_urgent(&self, most: usize, patience: Duration) -> Taken<J> {
        self.take_by(patience, |waiting| if waiting.closed { waiting.take(most) } else { waiting.take_urgent(most) })
    }

    fn take_by(&self, patience: Duration, pick: impl Fn(&mut Waiting<J>) -> Option<Vec<J>>) -> Taken<J> {
        let mut waiting = self.lock();
        let mut patience_is_over = false;
        loop {
            if let Some(jobs) = pick(&mut waiting) {
                return Taken::Jobs(jobs);
            }
            if waiting.closed {
                return Taken::Closed;
            }
            if patience_is_over {
                return Taken::Idle;
            }
            let (guard, waited) = self.wake.wait_timeout(waiting, patience).unwrap_or_else(PoisonError::into_inner);
            waiting = guard;
            patience_is_over = waited.timed_out();
        }
    }

    /// Takes no more jobs; those that wait are still given out.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.wake.notify_all();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// Closes the queue and gives back what waits.
    pub(super) fn abandon(&self) -> Vec<J> {
        let mut waiting = self.lock();
        waiting.closed = true;
        let jobs = waiting.urgent.split_off(0).into_iter().chain(waiting.background.split_off(0)).collect();
        drop(waiting);
        self.wake.notify_all();
        jobs
    }

    fn lock(&self) -> MutexGuard<'_, Waiting<J>> {
        // No code of ours runs under this lock but the moves of this file; they leave it whole.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<J> Waiting<J> {
    fn line(&mut self, urgency: Urgency) -> &mut VecDeque<J> {
        match urgency {
            Urgency::Urgent => &mut self.urgent,
            Urgency::Background => &mut self.background,
        }
    }

    fn take(&mut self, most: usize) -> Option<Vec<J>> {
        let background = self.urgent.is_empty() || (self.background_is_next && !self.background.is_empty());
        self.background_is_next = !background;
        if background { self.background.pop_front().map(|job| vec![job]) } else { self.take_urgent(most) }
    }

    fn take_urgent(&mut self, most: usize) -> Option<Vec<J>> {
        let most = most.min(self.urgent.len());
        (most > 0).then(|| self.urgent.drain(..most).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_millis(1);

    fn taken(queue: &Queue<u32>) -> Vec<u32> {
        match queue.take(2, SOON) {
            Taken::Jobs(jobs) => jobs,
            Taken::Idle | Taken::Closed => Vec::new(),
        }
    }

    #[test]
    fn one_background_job_is_given_out_between_two_batches() {
        let queue = Queue::new(10);
        for job in [1, 2, 3, 4, 5] {
            queue.push(Urgency::Urgent, job).unwrap();
        }
        for job in [91, 92, 93] {
            queue.push(Urgency::Background, job).unwrap();
        }
        let order: Vec<_> = std::iter::repeat_with(|| taken(&queue)).take_while(|jobs| !jobs.is_empty()).collect();
        assert_eq!(order, [vec![1, 2], vec![91], vec![3, 4], vec![92], vec![5], vec![93]]);
    }

    #[test]
    fn the_background_can_be_held_back_until_the_queue_is_closed() {
        let queue = Queue::new(10);
        let urgent = || match queue.take_urgent(2, SOON) {
            Taken::Jobs(jobs) => jobs,
            Taken::Idle | Taken::Closed => Vec::new(),
        };
        queue.push(Urgency::Background, 91).unwrap();
        queue.push(Urgency::Urgent, 1).unwrap();
        assert_eq!((urgent(), urgent()), (vec![1], vec![]));
        queue.close();
        assert_eq!(urgent(), vec![91]);
        assert!(matches!(queue.take_urgent(2, SOON), Taken::Closed));
    }

    #[test]
    fn a_full_queue_is_busy_and_a_closed_one_gives_out_what_waits() {
        let queue = Queue::new(1);
        queue.push(Urgency::Urgent, 1).unwrap();
        assert_eq!(queue.push(Urgency::Urgent, 2), Err(StoreError::Busy));
        queue.push(Urgency::Background, 3).unwrap();
        queue.close();
        assert_eq!(queue.push(Urgency::Background, 4), Err(StoreError::Closed));
        assert_eq!((taken(&queue), taken(&queue)), (vec![1], vec![3]));
        assert!(matches!(queue.take(2, SOON), Taken::Closed));
    }

    #[test]
    fn jobs_put_back_come_first_and_in_order() {
        let queue = Queue::new(10);
        queue.push(Urgency::Urgent, 3).unwrap();
        queue.put_back(Urgency::Urgent, vec![1, 2]);
        assert_eq!((taken(&queue), taken(&queue)), (vec![1, 2], vec![3]));
        assert!(matches!(queue.take(2, SOON), Taken::Idle));
    }
}
