use encoding_rs::SHIFT_JIS;

use super::*;

fn read_text(text: &str) -> Holdings {
    read_as(text, None).unwrap_or_else(|why| panic!("{why:?}"))
}

fn read_as(text: &str, format: Option<ListFormat>) -> Result<Holdings, Rejection> {
    read(text.as_bytes(), ListOptions { format, max_rows: 100 })
}

fn reasons(holdings: &Holdings) -> Vec<(u64, Reason)> {
    holdings.rows.iter().filter_map(|row| row.as_ref().err()).map(|bad| (bad.line, bad.why.reason)).collect()
}

fn good(holdings: &Holdings) -> Vec<&Holding> {
    holdings.rows.iter().filter_map(|row| row.as_ref().ok()).collect()
}

#[test]
fn a_desks_list_is_read_whatever_its_order_and_language() {
    let english = "serial,user id,since,note\nFT-1,0123456789,2024-04-01,spare\n";
    let japanese = "ハードウェアトークン貸出一覧,,,,\n備考,貸出日,共通ID,シリアル番号\nspare,令和6年4月1日,０１２３４５６７８９,FT-1\n";
    for text in [english, japanese] {
        let list = read_text(text);
        assert_eq!(list.format, ListFormat::Loans);
        let [holding] = good(&list)[..] else { panic!("{text}: {:?}", list.rows) };
        assert_eq!(holding.serial.shown(), "FT-1");
        assert_eq!(holding.user.as_ref().map(UserId::as_str), Some("0123456789"));
        assert_eq!(holding.since.map(|at| at.to_rfc3339()).as_deref(), Some("2024-03-31T15:00:00+00:00"));
        assert_eq!(holding.note, "spare");
    }
}

#[test]
fn a_list_from_japanese_windows_is_the_same() {
    let text = "シリアル番号;共通ID;部局\r\nFT-1;0123456789;文学部\r\n";
    let (bytes, _, unmappable) = SHIFT_JIS.encode(text);
    assert!(!unmappable);
    let list = read(&*bytes, ListOptions { format: None, max_rows: 9 }).unwrap();
    assert_eq!((list.encoding, good(&list)[0].department.as_deref()), (TextEncoding::ShiftJis, Some("文学部")));
}

#[test]
fn gaps_are_gaps_and_damage_is_named() {
    let list = read_text(
        "serial,id,since,returned\n\
         1000001,0123456789,,\n\
         1000002,,,\n\
         1000003,123456789,2024-04-01,\n\
         ,0123456789,,\n\
         1.0E+06,0123456789,,\n\
         100004,0123456789,,\n\
         1000005,0123456789,45383,\n\
         1000006,0123456789,04/01/2024,\n\
         1000007,,2024-04-01,\n\
         serial,id,since,returned\n\
         2024/4/1,0123456789,,\n\
         \"1000008,0123456789,,\n\
         1000009,0123456789,,,,,x\n",
    );
    let good: Vec<_> = good(&list).iter().map(|row| (row.line, row.user.is_some(), row.since)).collect();
    assert_eq!(good, [(2, true, None), (3, false, None)]);
    let expected = [
        (4, Reason::UserIdNineDigits),
        (5, Reason::SerialEmpty),
        (6, Reason::RowSerialScientific),
        (7, Reason::RowSerialZeros),
        (8, Reason::AdoptDateNumber),
        (9, Reason::AdoptDate),
        (10, Reason::AdoptUserMissing),
        (11, Reason::RowHeading),
        (12, Reason::RowSerialDate),
        (13, Reason::RowUnreadable),
        (14, Reason::RowColumns),
    ];
    assert_eq!(reasons(&list), expected);
    let place = list.rows.iter().find_map(|row| row.as_ref().err()).and_then(|bad| bad.place);
    assert_eq!(place, Some((2, Item::User)));
}

#[test]
fn entras_export_is_known_by_its_upn() {
    let list = read_text(
        "upn,serial number,time interval,manufacturer,model,activated\n\
         0123456789@utac.u-tokyo.ac.jp,FT-1,30,Feitian,c200,True\n\
         ,FT-2,30,Feitian,c200,False\n\
         hanako@example.com,FT-3,30,Feitian,c200,True\n",
    );
    assert_eq!(list.format, ListFormat::Entra);
    let rows: Vec<_> = good(&list).iter().map(|row| (row.user.is_some(), row.manufacturer.as_deref())).collect();
    assert_eq!(rows, [(true, Some("Feitian")), (false, Some("Feitian"))]);
    assert_eq!(reasons(&list), [(4, Reason::UserIdOtherDomain)]);
}

#[test]
fn lists_of_other_systems_have_single_quotes_and_tokens_of_other_kinds() {
    let list = read_text(
        "'active', 'description', 'id', 'info', 'revoked', 'serial', 'tokentype', 'username', \n\
         'True', 'drawer', '7', '{'hashlib': 'sha1', 'x': 'y'}', 'False', 'TOTP1', 'totp', '0123456789', \n\
         'False', 'None', '8', '{}', 'False', 'TOTP2', 'totp', '1234567890', \n\
         'True', '', '9', '{}', 'False', 'PIPU1', 'push', '0123456789', \n\
         'True', '', '10', '{}', 'True', 'OATH3', 'hotp', '', \n",
    );
    assert_eq!((list.format, list.passed_over), (ListFormat::PrivacyIdea, 1));
    let rows: Vec<_> = good(&list).iter().map(|row| (row.serial.shown(), row.user.is_some(), row.is_stopped)).collect();
    assert_eq!(rows, [("TOTP1", true, false), ("TOTP2", true, true), ("OATH3", false, true)]);
    assert_eq!(good(&list)[0].note, "drawer");

    let list = read_text(
        "'LinOtp.Isactive'; 'LinOtp.TokenSerialnumber'; 'LinOtp.TokenType'; 'User.username'; \n\
         'True'; 'F722362'; 'HMAC'; '0123456789'; \n",
    );
    assert_eq!((list.format, good(&list).len()), (ListFormat::LinOtp, 1));
}

#[test]
fn what_is_no_list_is_refused_as_a_whole() {
    let reason = |text: &str| read_as(text, None).unwrap_err().reason;
    assert_eq!(reason(""), Reason::AdoptEmpty);
    assert_eq!(reason("serial,user id\n"), Reason::AdoptEmpty);
    assert_eq!(reason("some,words\nand,others\n"), Reason::AdoptColumnMissing);
    assert_eq!(reason("serial,since\nFT-1,2024-04-01\n"), Reason::AdoptColumnMissing);
    assert_eq!(reason("serial,id,since,from\nFT-1,0123456789,,\n"), Reason::HeaderColumnTwice);
    let secret = "upn,serial number,secret key\n0123456789@utac.u-tokyo.ac.jp,FT-1,MFRGGZDFMZTWQ2LK\n";
    assert_eq!(reason(secret), Reason::AdoptSecrets);
    assert_eq!(reason("PK\u{3}\u{4}xl/workbook.xml"), Reason::FileFormatRefused);
    let long = format!("serial,id\n{}", "FT-1,0123456789\n".repeat(101));
    assert_eq!(reason(&long), Reason::AdoptTooManyRows);
}

#[test]
fn no_input_makes_it_panic() {
    use proptest::prelude::*;
    proptest!(|(text in "[\\x00-\\x7f'\"{},;シ共]{0,200}")| {
        drop(read_as(&format!("serial,id,since\n{text}"), None));
        drop(read_as(&text, Some(ListFormat::PrivacyIdea)));
    });
}

#[test]
fn columns_that_nobody_reads_are_told_of_a_desks_own_list_alone() {
    let list = read_text("serial,user id,電話番号,note,,remarks\nFT-1,0123456789,03,a,,b\n");
    assert_eq!(list.ignored_columns, ["電話番号", "remarks"], "the first note is read");
    assert_eq!(read_text("serial,user id\nFT-1,0123456789\n").ignored_columns, Vec::<String>::new());
    let other = read_text("upn,serial number,time interval,status\na@b,FT-1,30,ok\n");
    assert_eq!((other.format, other.ignored_columns.len()), (ListFormat::Entra, 0));
}
