//! Why something failed, where the operating system or TLS says so: in words, and in the reader's language.

use std::io::{self, ErrorKind};

use super::Lang;

/// What the operating system says of files and connections, in Japanese; its English is the system's own.
const KINDS: [(ErrorKind, &str); 22] = [
    (ErrorKind::NotFound, "見つかりません"),
    (ErrorKind::PermissionDenied, "権限がありません"),
    (ErrorKind::AlreadyExists, "すでにあります"),
    (ErrorKind::IsADirectory, "フォルダです"),
    (ErrorKind::NotADirectory, "フォルダではありません"),
    (ErrorKind::DirectoryNotEmpty, "フォルダが空ではありません"),
    (ErrorKind::InvalidFilename, "名前として使えません"),
    (ErrorKind::FileTooLarge, "大きすぎます"),
    (ErrorKind::StorageFull, "空き容量がありません"),
    (ErrorKind::QuotaExceeded, "割り当てられた容量がいっぱいです"),
    (ErrorKind::ReadOnlyFilesystem, "書き込みのできない場所です"),
    (ErrorKind::ResourceBusy, "使用中です"),
    (ErrorKind::OutOfMemory, "メモリが足りません"),
    (ErrorKind::ConnectionRefused, "接続を拒否されました"),
    (ErrorKind::ConnectionReset, "接続が切られました"),
    (ErrorKind::ConnectionAborted, "接続が中断されました"),
    (ErrorKind::HostUnreachable, "相手のコンピュータに届きません"),
    (ErrorKind::NetworkUnreachable, "ネットワークにつながっていません"),
    (ErrorKind::NetworkDown, "ネットワークが止まっています"),
    (ErrorKind::TimedOut, "時間内に応答がありませんでした"),
    (ErrorKind::UnexpectedEof, "途中で終わっています"),
    (ErrorKind::Unsupported, "このコンピュータではできません"),
];

/// How other causes begin, and what they are in both languages.
const TEXTS: [(&str, [&str; 2]); 10] = [
    ("not UTF-8", ["not UTF-8", "UTF-8 ではありません"]),
    ("not a regular file", ["not a regular file", "通常のファイルではありません"]),
    ("failed to lookup address information", ["its name is not known", "サーバの名前が見つかりません"]),
    ("certificate expired", ["it has expired", "期限が切れています"]),
    ("certificate not valid yet", ["it is not valid yet", "まだ有効期間に入っていません"]),
    ("certificate not valid for name", ["it is for another name", "別の名前のサーバのものです"]),
    ("UnknownIssuer", ["another authority signed it", "別の認証局が署名しています"]),
    ("UnknownCA", ["another authority signed it", "別の認証局が署名しています"]),
    ("CertificateExpired", ["it has expired", "期限が切れています"]),
    ("CertificateRequired", ["none was shown", "証明書が示されていません"]),
];

/// A cause in the words of a language; one that is not known stays as it is.
pub(crate) fn in_words(cause: &str, lang: Lang) -> String {
    let text = TEXTS.iter().find(|(beginning, _)| cause.starts_with(beginning));
    match (text, lang) {
        (Some((_, texts)), _) if texts[0] == cause => lang.choose(*texts).to_owned(),
        (Some((_, texts)), _) => with_source(lang.choose(*texts), cause, lang),
        (None, Lang::En) => cause.to_owned(),
        (None, Lang::Ja) => of_the_system(cause).unwrap_or_else(|| cause.to_owned()),
    }
}

/// Words of ours with those they stand for, which others may know; seconds since 1970 are of no use to anybody.
fn with_source(words: &str, cause: &str, lang: Lang) -> String {
    let cause = cause.split(": verification time").next().unwrap_or(cause);
    match lang {
        Lang::En => format!("{words} ({cause})"),
        Lang::Ja => format!("{words}（{cause}）"),
    }
}

/// The Japanese of what the operating system says, `No such file or directory (os error 2)`, by its number.
fn of_the_system(cause: &str) -> Option<String> {
    let number = cause.strip_suffix(')').and_then(|cause| cause.rsplit_once("(os error ")).map(|(_, number)| number);
    let kind = number.and_then(|number| number.parse().ok()).map(|number| io::Error::from_raw_os_error(number).kind());
    let is_it = |known: ErrorKind| kind.map_or_else(|| cause == known.to_string(), |kind| kind == known);
    let (_, japanese) = KINDS.iter().find(|(known, _)| is_it(*known))?;
    Some(number.map_or_else(|| (*japanese).to_owned(), |number| format!("{japanese}（os error {number}）")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_says_is_japanese_for_japanese_readers() {
        for kind in [ErrorKind::NotFound, ErrorKind::TimedOut] {
            assert_eq!(in_words(&io::Error::from(kind).to_string(), Lang::En), kind.to_string());
        }
        assert_eq!(in_words(&io::Error::from(ErrorKind::NotFound).to_string(), Lang::Ja), "見つかりません");
        let missing = std::fs::metadata("no-such-file").unwrap_err();
        let number = missing.raw_os_error().unwrap();
        assert_eq!(in_words(&missing.to_string(), Lang::Ja), format!("見つかりません（os error {number}）"));
        assert_eq!(in_words(&missing.to_string(), Lang::En), missing.to_string());
    }

    #[test]
    fn what_tls_says_is_told_in_words() {
        for (cause, english, japanese) in [
            ("UnknownCA", "another authority signed it (UnknownCA)", "別の認証局が署名しています（UnknownCA）"),
            (
                "certificate expired: verification time 2 (UNIX), but certificate is not valid after 1 (1 seconds ago)",
                "it has expired (certificate expired)",
                "期限が切れています（certificate expired）",
            ),
            ("not UTF-8", "not UTF-8", "UTF-8 ではありません"),
        ] {
            assert_eq!(in_words(cause, Lang::En), english);
            assert_eq!(in_words(cause, Lang::Ja), japanese);
        }
    }

    #[test]
    fn a_cause_that_is_not_known_stays_as_it_is() {
        for cause in ["unknown field `kee`", "odd (os error 99999)", "(os error )", ""] {
            assert_eq!(in_words(cause, Lang::Ja), cause);
        }
    }
}
