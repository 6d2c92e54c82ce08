//! The three axes of a token's state, and the one word people see for them.

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal / $ja:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$variant_doc])* $variant,)* }

        impl $name {
            /// Every value.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The word that is stored and sent.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// The word in Japanese.
            pub fn ja(self) -> &'static str {
                match self { $(Self::$variant => $ja,)* }
            }
        }

        impl std::str::FromStr for $name {
            type Err = UnknownWord;

            fn from_str(word: &str) -> Result<Self, UnknownWord> {
                Self::ALL.iter().copied().find(|value| value.as_str() == word).ok_or(UnknownWord)
            }
        }
    };
}
pub(crate) use words;

/// A word that names no state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no such state")]
pub struct UnknownWord;

words! {
    /// Where a token is.
    Custody {
        /// Announced by the vendor, not here yet.
        Ordered = "ordered" / "発注済み",
        /// On the shelf.
        InStock = "in_stock" / "在庫",
        /// With the person it is lent to.
        Lent = "lent" / "貸出中",
        /// Reported lost.
        Lost = "lost" / "紛失",
        /// Broken, or its battery is empty.
        Faulty = "faulty" / "故障",
        /// Out of service for good; its seed is destroyed.
        Retired = "retired" / "廃棄済み",
    }
}

words! {
    /// Whether codes of a token count.
    Authenticator {
        /// Bound to nobody.
        None = "none" / "なし",
        /// Codes are accepted.
        Ready = "ready" / "有効",
        /// Stopped for a while by a desk.
        Suspended = "suspended" / "一時停止",
        /// Stopped after too many wrong codes.
        Disabled = "disabled" / "無効",
    }
}

words! {
    /// What keeps a token from use, whatever its state.
    Hold {
        /// Nothing.
        None = "none" / "なし",
        /// Its row in the database fails its authentication.
        Integrity = "integrity" / "データ不整合",
        /// Its lot is not open.
        Lot = "lot" / "ロット未開放",
        /// It may be older than reality after a restore.
        Recovery = "recovery" / "復旧確認待ち",
    }
}

words! {
    /// The word people see.
    Word {
        /// Announced by the vendor.
        Ordered = "ordered" / "発注済み",
        /// On the shelf.
        InStock = "in_stock" / "在庫",
        /// Lent, but no code was accepted yet.
        LentNotProven = "lent_not_proven" / "貸出中（未確認）",
        /// Lent and proven.
        Lent = "lent" / "貸出中",
        /// Lent and stopped for a while.
        Suspended = "suspended" / "一時停止",
        /// Lent and stopped after too many wrong codes.
        Disabled = "disabled" / "無効",
        /// Lost.
        Lost = "lost" / "紛失",
        /// Broken.
        Faulty = "faulty" / "故障",
        /// Kept from use by a hold.
        OnHold = "on_hold" / "保留中",
        /// Out of service for good.
        Retired = "retired" / "廃棄済み",
    }
}

impl Word {
    /// The word in English, as people read it.
    pub fn en(self) -> &'static str {
        match self {
            Self::InStock => "in stock",
            Self::LentNotProven => "lent, not proven",
            Self::OnHold => "on hold",
            Self::Ordered
            | Self::Lent
            | Self::Suspended
            | Self::Disabled
            | Self::Lost
            | Self::Faulty
            | Self::Retired => self.as_str(),
        }
    }
}

/// Where a token is and whether its codes count. Only nine pairs exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct State {
    /// Where it is.
    pub custody: Custody,
    /// Whether its codes count.
    pub authenticator: Authenticator,
}

impl State {
    /// Every state a token can be in: only a lent one has an authenticator.
    pub const ALL: [Self; 9] = [
        Self::of(Custody::Ordered, Authenticator::None),
        Self::of(Custody::InStock, Authenticator::None),
        Self::of(Custody::Lent, Authenticator::None),
        Self::of(Custody::Lent, Authenticator::Ready),
        Self::of(Custody::Lent, Authenticator::Suspended),
        Self::of(Custody::Lent, Authenticator::Disabled),
        Self::of(Custody::Lost, Authenticator::None),
        Self::of(Custody::Faulty, Authenticator::None),
        Self::of(Custody::Retired, Authenticator::None),
    ];

    /// A pair.
    pub const fn of(custody: Custody, authenticator: Authenticator) -> Self {
        Self { custody, authenticator }
    }

    /// The word people see, given a hold and whether a code was accepted while lent.
    pub fn word(self, hold: Hold, proven: bool) -> Word {
        match (self.custody, self.authenticator) {
            (Custody::Retired, _) => Word::Retired,
            _ if hold != Hold::None => Word::OnHold,
            (Custody::Ordered, _) => Word::Ordered,
            (Custody::InStock, _) => Word::InStock,
            (Custody::Lost, _) => Word::Lost,
            (Custody::Faulty, _) => Word::Faulty,
            (Custody::Lent, Authenticator::Suspended) => Word::Suspended,
            (Custody::Lent, Authenticator::Disabled) => Word::Disabled,
            (Custody::Lent, Authenticator::Ready) if !proven => Word::LentNotProven,
            (Custody::Lent, Authenticator::Ready | Authenticator::None) => Word::Lent,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hold_hides_every_state_but_retired() {
        for state in State::ALL {
            let word = state.word(Hold::Integrity, true);
            assert_eq!(word, if state.custody == Custody::Retired { Word::Retired } else { Word::OnHold });
        }
    }

    #[test]
    fn a_lent_token_is_not_proven_before_its_first_code() {
        let lent = State::of(Custody::Lent, Authenticator::Ready);
        assert_eq!(lent.word(Hold::None, false), Word::LentNotProven);
        assert_eq!(lent.word(Hold::None, true), Word::Lent);
    }
}
