//! In which order a list gives its rows: only what an index can walk.

use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::reject::Rejection;

use crate::app::Answer;
use crate::store::Order;

/// What tokens are in order of.
pub const TOKEN_ORDER: &str = "create_time";

/// What events are in order of.
pub const AUDIT_ORDER: &str = "record_time";

/// Reads `order_by` of a list that is in order of `field`: `field`, or `field desc`, or nothing.
pub fn read_order(order_by: &str, field: &str) -> Answer<Order> {
    match order_by.split_whitespace().collect::<Vec<_>>()[..] {
        [] => Ok(Order::Oldest),
        [name] if name == field => Ok(Order::Oldest),
        [name, "desc"] if name == field => Ok(Order::Newest),
        _ => Err(Rejection::from(Reason::FieldUnknown)
            .with("field", "order_by")
            .with("choices", format!("{field}, {field} desc"))
            .in_field("order_by")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_come_first_unless_asked_otherwise() {
        let read = |text: &str| read_order(text, TOKEN_ORDER).map_err(|no| (no.reason, no.field));
        let refused = Err((Reason::FieldUnknown, Some("order_by".into())));
        for (text, order) in [
            ("", Ok(Order::Oldest)),
            ("create_time", Ok(Order::Oldest)),
            ("  create_time   desc ", Ok(Order::Newest)),
            ("create_time asc", refused.clone()),
            ("create_time DESC", refused.clone()),
            ("create_time, serial", refused.clone()),
            ("serial", refused.clone()),
            ("desc", refused),
        ] {
            assert_eq!(read(text), order, "{text}");
        }
    }
}
