//! The one table of what may be done to a token in which state, and where it leads. Whatever is not in it is refused,
//! and the refusal names what is possible instead.

use super::state::{Authenticator as A, Custody as C, Hold, State};
use crate::reject::Arg;

/// What can be done to a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// A token that was announced arrives.
    Receive,
    /// Lent to a person.
    Assign,
    /// Comes back in good order.
    Return,
    /// Comes back broken, or with an empty battery.
    ReturnFaulty,
    /// Stopped for a while.
    Suspend,
    /// Let go again.
    Resume,
    /// Stopped after too many wrong codes; nobody asks for it.
    Disable,
    /// Bound anew at a desk with two codes.
    Rebind,
    /// Reported lost.
    Lose,
    /// Found, and kept in stock.
    Find,
    /// Found by its holder, who shows two codes.
    FindWithHolder,
    /// Replaced by another and still to be handed in.
    Supersede,
    /// Put out of service for good.
    Retire,
    /// A code is judged.
    Verify,
    /// Its clock or counter is found again.
    Resync,
    /// Its codes are compared, changing nothing.
    Identify,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 16] = [
        Self::Receive,
        Self::Assign,
        Self::Return,
        Self::ReturnFaulty,
        Self::Suspend,
        Self::Resume,
        Self::Disable,
        Self::Rebind,
        Self::Lose,
        Self::Find,
        Self::FindWithHolder,
        Self::Supersede,
        Self::Retire,
        Self::Verify,
        Self::Resync,
        Self::Identify,
    ];

    /// What is done, as a participle: "it can't be … ".
    pub fn words(self) -> Arg {
        let (en, ja) = match self {
            Self::Receive => ("received", "受領"),
            Self::Assign => ("lent", "貸出"),
            Self::Return => ("returned", "返却"),
            Self::ReturnFaulty => ("returned as faulty", "故障としての返却"),
            Self::Suspend => ("suspended", "一時停止"),
            Self::Resume => ("resumed", "再開"),
            Self::Disable => ("disabled", "無効化"),
            Self::Rebind => ("bound anew", "再登録"),
            Self::Lose => ("reported lost", "紛失届"),
            Self::Find => ("taken back as found", "発見"),
            Self::FindWithHolder => ("found by its holder", "本人による発見"),
            Self::Supersede => ("replaced", "交換"),
            Self::Retire => ("retired", "廃棄"),
            Self::Verify => ("verified", "コード確認"),
            Self::Resync => ("resynced", "時刻補正"),
            Self::Identify => ("identified", "特定"),
        };
        Arg::Word { en: en.to_owned(), ja: ja.to_owned() }
    }

    /// Whether a hold forbids it: codes and lending do not happen on hold, all else does.
    pub fn needs_no_hold(self) -> bool {
        match self {
            Self::Assign | Self::Verify | Self::Resync | Self::Rebind | Self::FindWithHolder | Self::Resume => true,
            Self::Receive
            | Self::Return
            | Self::ReturnFaulty
            | Self::Suspend
            | Self::Disable
            | Self::Lose
            | Self::Find
            | Self::Supersede
            | Self::Retire
            | Self::Identify => false,
        }
    }

    /// The command of `tokenadm` that does it, where a refusal may propose one.
    fn command(self) -> Option<&'static str> {
        match self {
            Self::Assign => Some("assign"),
            Self::Return => Some("return"),
            Self::Suspend => Some("suspend"),
            Self::Resume => Some("resume"),
            Self::Rebind => Some("rebind"),
            Self::Lose => Some("lost"),
            Self::Find => Some("found"),
            Self::Supersede => Some("replace"),
            Self::Retire => Some("retire"),
            Self::Verify => Some("verify"),
            Self::Resync => Some("resync"),
            // Nobody asks for these by themselves, or another command does them too.
            Self::Receive | Self::ReturnFaulty | Self::Disable | Self::FindWithHolder | Self::Identify => None,
        }
    }
}

/// One line of the table.
#[derive(Debug, Clone, Copy)]
pub struct Move {
    /// What is done.
    pub action: Action,
    /// In which states.
    pub from: &'static [State],
    /// Where it leads; None leaves the state as it is.
    pub to: Option<State>,
}

const ORDERED: State = State::of(C::Ordered, A::None);
const IN_STOCK: State = State::of(C::InStock, A::None);
const SUPERSEDED: State = State::of(C::Lent, A::None);
const READY: State = State::of(C::Lent, A::Ready);
const SUSPENDED: State = State::of(C::Lent, A::Suspended);
const DISABLED: State = State::of(C::Lent, A::Disabled);
const LOST: State = State::of(C::Lost, A::None);
const FAULTY: State = State::of(C::Faulty, A::None);
const RETIRED: State = State::of(C::Retired, A::None);

/// Every legal move.
pub const MOVES: &[Move] = &[
    Move { action: Action::Receive, from: &[ORDERED], to: Some(IN_STOCK) },
    Move { action: Action::Assign, from: &[IN_STOCK], to: Some(READY) },
    Move { action: Action::Return, from: &[SUPERSEDED, READY, SUSPENDED, DISABLED, LOST], to: Some(IN_STOCK) },
    Move { action: Action::ReturnFaulty, from: &[SUPERSEDED, READY, SUSPENDED, DISABLED, LOST], to: Some(FAULTY) },
    Move { action: Action::Suspend, from: &[READY], to: Some(SUSPENDED) },
    Move { action: Action::Resume, from: &[SUSPENDED], to: Some(READY) },
    Move { action: Action::Disable, from: &[READY], to: Some(DISABLED) },
    Move { action: Action::Rebind, from: &[DISABLED], to: Some(READY) },
    Move { action: Action::Lose, from: &[SUPERSEDED, READY, SUSPENDED, DISABLED], to: Some(LOST) },
    Move { action: Action::Find, from: &[LOST], to: Some(IN_STOCK) },
    Move { action: Action::FindWithHolder, from: &[LOST], to: Some(READY) },
    Move { action: Action::Supersede, from: &[READY, SUSPENDED, DISABLED], to: Some(SUPERSEDED) },
    Move { action: Action::Retire, from: &[IN_STOCK, LOST, FAULTY], to: Some(RETIRED) },
    Move { action: Action::Verify, from: &[READY], to: None },
    Move { action: Action::Resync, from: &[READY, SUSPENDED, IN_STOCK], to: None },
    Move {
        action: Action::Identify,
        from: &[ORDERED, IN_STOCK, SUPERSEDED, READY, SUSPENDED, DISABLED, LOST, FAULTY],
        to: None,
    },
];

/// Where an action leads from a state; None where it is not legal.
pub fn next_state(state: State, hold: Hold, action: Action) -> Option<State> {
    if hold != Hold::None && action.needs_no_hold() {
        return None;
    }
    let found = MOVES.iter().find(|m| m.action == action && m.from.contains(&state))?;
    Some(found.to.unwrap_or(state))
}

/// The commands that work on a token in this state, for the refusal of one that does not.
pub fn legal_commands(state: State, hold: Hold) -> Arg {
    let legal = Action::ALL.into_iter().filter(|action| next_state(state, hold, *action).is_some());
    let commands: Vec<_> = legal.filter_map(Action::command).collect();
    match commands.as_slice() {
        [] => Arg::Word { en: "nothing".to_owned(), ja: "なし".to_owned() },
        some => Arg::Plain(some.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::catalogue::Lang;

    /// The table once more, as the decisions word it, state by state.
    fn expected(state: State) -> Vec<(Action, State)> {
        use Action::{
            Assign, Disable, Find, FindWithHolder, Identify, Lose, Rebind, Receive, Resume, Resync, Retire, Return,
            ReturnFaulty, Supersede, Suspend, Verify,
        };
        let back = [(Return, IN_STOCK), (ReturnFaulty, FAULTY)];
        let mut all = match (state.custody, state.authenticator) {
            (C::Ordered, _) => vec![(Receive, IN_STOCK)],
            (C::InStock, _) => vec![(Assign, READY), (Retire, RETIRED), (Resync, IN_STOCK)],
            (C::Lent, A::None) => [back.as_slice(), &[(Lose, LOST)]].concat(),
            (C::Lent, A::Ready) => [
                back.as_slice(),
                &[(Suspend, SUSPENDED), (Disable, DISABLED), (Lose, LOST), (Supersede, SUPERSEDED)],
                &[(Verify, READY), (Resync, READY)],
            ]
            .concat(),
            (C::Lent, A::Suspended) => {
                [back.as_slice(), &[(Resume, READY), (Lose, LOST), (Supersede, SUPERSEDED), (Resync, SUSPENDED)]]
                    .concat()
            }
            (C::Lent, A::Disabled) => {
                [back.as_slice(), &[(Rebind, READY), (Lose, LOST), (Supersede, SUPERSEDED)]].concat()
            }
            (C::Lost, _) => [back.as_slice(), &[(Find, IN_STOCK), (FindWithHolder, READY), (Retire, RETIRED)]].concat(),
            (C::Faulty, _) => vec![(Retire, RETIRED)],
            (C::Retired, _) => vec![],
        };
        if state != RETIRED {
            all.push((Identify, state));
        }
        all
    }

    #[test]
    fn every_state_and_action_pair_is_as_decided() {
        let mut pairs = 0;
        for state in State::ALL {
            let expected = expected(state);
            for action in Action::ALL {
                let to = expected.iter().find(|(a, _)| *a == action).map(|(_, to)| *to);
                assert_eq!(next_state(state, Hold::None, action), to, "{state:?} {action:?}");
                pairs += 1;
            }
        }
        assert_eq!(pairs, 9 * 16);
    }

    #[test]
    fn a_hold_forbids_codes_and_lending_and_nothing_else() {
        for state in State::ALL {
            for action in Action::ALL {
                for hold in [Hold::Integrity, Hold::Lot, Hold::Recovery] {
                    let free = next_state(state, Hold::None, action);
                    let held = next_state(state, hold, action);
                    assert_eq!(held, if action.needs_no_hold() { None } else { free }, "{state:?} {action:?} {hold:?}");
                }
            }
        }
    }

    #[test]
    fn the_table_names_each_action_once_and_leads_only_to_states_that_exist() {
        let actions: HashSet<_> = MOVES.iter().map(|m| m.action).collect();
        assert_eq!((actions.len(), MOVES.len()), (16, 16));
        for m in MOVES {
            assert!(m.to.is_none_or(|to| State::ALL.contains(&to)));
            assert!(m.from.iter().all(|from| State::ALL.contains(from)));
        }
    }

    #[test]
    fn a_refusal_names_what_is_possible() {
        assert_eq!(legal_commands(FAULTY, Hold::None).text(Lang::En), "retire");
        assert_eq!(legal_commands(RETIRED, Hold::None).text(Lang::Ja), "なし");
        assert_eq!(legal_commands(IN_STOCK, Hold::Lot).text(Lang::En), "retire");
        assert_eq!(legal_commands(DISABLED, Hold::None).text(Lang::En), "return, rebind, lost, replace");
    }
}
