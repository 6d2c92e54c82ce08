//! The one catalogue of everything the service says "no" with: a stable code, a machine-readable reason, and the words
//! in English and Japanese with a hint that says what to do next.
//!
//! Texts hold places such as `{serial}`, filled from the arguments of a `Rejection`. No text ever has a place for a
//! seed or a code.

/// The languages the service speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lang {
    /// English.
    En,
    /// Japanese.
    Ja,
}

impl Lang {
    /// The language of a locale such as `ja_JP.UTF-8` or `ja`; English for any other.
    pub fn of_locale(locale: &str) -> Self {
        if locale.to_ascii_lowercase().starts_with("ja") { Self::Ja } else { Self::En }
    }

    /// The BCP 47 tag.
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ja => "ja",
        }
    }
}

/// What sort of "no" a reason is; each is one gRPC status and one exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The request itself is wrong: INVALID_ARGUMENT.
    Invalid,
    /// NOT_FOUND.
    NotFound,
    /// ALREADY_EXISTS.
    Exists,
    /// The state of things forbids it: FAILED_PRECONDITION.
    Precondition,
    /// Somebody else was faster: ABORTED.
    Aborted,
    /// Too much, too fast: RESOURCE_EXHAUSTED.
    Exhausted,
    /// Nobody we know: UNAUTHENTICATED.
    Unauthenticated,
    /// Known but not allowed: PERMISSION_DENIED.
    Denied,
    /// Not now: UNAVAILABLE.
    Unavailable,
    /// It took too long: DEADLINE_EXCEEDED.
    Deadline,
    /// The server knows no such call: UNIMPLEMENTED.
    Unimplemented,
    /// Our fault: INTERNAL.
    Internal,
}

/// How one reason stands in the catalogue.
#[derive(Debug, Clone, Copy)]
pub struct Words {
    /// The stable code, `TF-2107`.
    pub code: &'static str,
    /// The machine-readable reason, `NOT_CONSECUTIVE`; several codes may share one.
    pub reason: &'static str,
    /// The sort of "no".
    pub kind: Kind,
    /// English: what is wrong, and what to do.
    pub en: [&'static str; 2],
    /// Japanese: the same.
    pub ja: [&'static str; 2],
}

impl Words {
    /// The sentence and the hint in a language, with their places still open.
    pub fn texts(&self, lang: Lang) -> [&'static str; 2] {
        match lang {
            Lang::En => self.en,
            Lang::Ja => self.ja,
        }
    }
}

macro_rules! catalogue {
    ($($(#[$doc:meta])* $variant:ident $code:literal $reason:ident $kind:ident
        $en:literal $hint_en:literal $ja:literal $hint_ja:literal)*) => {
        /// Every reason the service refuses for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[expect(missing_docs, reason = "the catalogue's English sentence says what each variant means")]
        pub enum Reason { $($(#[$doc])* $variant,)* }

        impl Reason {
            /// All of them, in the order of the catalogue.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The words of this reason.
            pub fn words(self) -> Words {
                match self {
                    $(Self::$variant => Words {
                        code: $code,
                        reason: stringify!($reason),
                        kind: Kind::$kind,
                        en: [$en, $hint_en],
                        ja: [$ja, $hint_ja],
                    },)*
                }
            }
        }
    };
}

catalogue! {
    // TF-10xx: what was typed.
    UserIdLength "TF-1001" FIELD_INVALID Invalid
        "a UTokyo ID has 10 digits"
        "type the 10-digit Common ID, or the sign-in name that ends in @utac.u-tokyo.ac.jp"
        "共通IDは10桁の数字です"
        "10桁の共通IDか，@utac.u-tokyo.ac.jp で終わるユーザ名を入力してください"
    UserIdNineDigits "TF-1002" FIELD_INVALID Invalid
        "a UTokyo ID has 10 digits; this one has 9"
        "did a spreadsheet drop the leading zero? Check the card and type all 10 digits"
        "共通IDは10桁の数字ですが，9桁しかありません"
        "表計算ソフトで先頭の0が消えていませんか．職員証・学生証を見て10桁すべてを入力してください"
    UserIdOtherDomain "TF-1003" FIELD_INVALID Invalid
        "a sign-in name ends in @utac.u-tokyo.ac.jp"
        "type the 10-digit Common ID; an e-mail address is not one"
        "ユーザ名は @utac.u-tokyo.ac.jp で終わります"
        "10桁の共通IDを入力してください．メールアドレスは使えません"
    SerialEmpty "TF-1004" FIELD_INVALID Invalid
        "the serial number is empty"
        "type the serial number printed on the back of the token"
        "シリアル番号が空です"
        "トークン裏面のシリアル番号を入力してください"
    SerialTooLong "TF-1005" FIELD_INVALID Invalid
        "a serial number has at most 64 characters"
        "type the serial number printed on the back of the token"
        "シリアル番号は64文字までです"
        "トークン裏面のシリアル番号を入力してください"
    SerialCharacter "TF-1006" FIELD_INVALID Invalid
        "a serial number has letters, digits and -_.:+ only"
        "type the serial number as printed, or a whole name such as tokens/feitian~2600215704919"
        "シリアル番号は英数字と -_.:+ だけです"
        "印字どおりのシリアル番号か，tokens/feitian~2600215704919 のような名前を入力してください"
    SerialScientific "TF-1007" FIELD_INVALID Invalid
        "the serial number was damaged by a spreadsheet"
        "type the serial number printed on the back of the token"
        "シリアル番号が表計算ソフトで壊れています"
        "トークン裏面のシリアル番号を入力してください"
    CodeNotDigits "TF-1008" FIELD_INVALID Invalid
        "a code has digits only"
        "type the digits the token shows; letters or odd signs on the display mean a worn-out battery"
        "確認コードは数字だけです"
        "トークンに表示された数字を入力してください．文字や欠けた表示は電池切れの兆候です"
    CodeLength "TF-1009" FIELD_INVALID Invalid
        "a code has 6 to 8 digits"
        "type all digits the token shows, leading zeros too"
        "確認コードは6桁から8桁です"
        "トークンに表示された数字を，先頭の0も含めてすべて入力してください"
    CodeDigits "TF-1010" FIELD_INVALID Invalid
        "this token shows {digits} digits"
        "type all digits the token shows, leading zeros too; check that the serial is this device's"
        "このトークンの確認コードは{digits}桁です"
        "先頭の0も含めてすべて入力し，シリアル番号が手元のトークンのものか確かめてください"
    OperatorNameInvalid "TF-1011" FIELD_INVALID Invalid
        "an operator's name is 1 to 64 of a-z, 0-9, dot, hyphen and underscore"
        "choose a name such as hanako.yamada"
        "担当者名は a-z，0-9，ピリオド，ハイフン，下線の1文字から64文字です"
        "hanako.yamada のような名前にしてください"
    RoleUnknown "TF-1012" FIELD_INVALID Invalid
        "there is no such role"
        "the roles are counter, desk, stock, verifier, auditor, admin; an operator needs at least one"
        "そのような役割はありません"
        "役割は counter，desk，stock，verifier，auditor，admin です．一つ以上必要です"
    FieldMissing "TF-1013" FIELD_INVALID Invalid
        "{field} is missing"
        "give {field}"
        "{field} がありません"
        "{field} を指定してください"
    FieldTooLong "TF-1014" FIELD_INVALID Invalid
        "{field} is longer than {limit} characters"
        "shorten {field}"
        "{field} は{limit}文字までです"
        "{field} を短くしてください"
    FieldUnknown "TF-1015" FIELD_INVALID Invalid
        "{field} has no such value"
        "use one of: {choices}"
        "{field} の値が正しくありません"
        "次のいずれかを指定してください: {choices}"
    PageSizeInvalid "TF-1016" FIELD_INVALID Invalid
        "page_size can't be negative"
        "leave it out for 50, or ask for up to 1000"
        "page_size に負の数は使えません"
        "省略すると50件，最大1000件です"
    PageTokenMismatch "TF-1017" PAGE_TOKEN_MISMATCH Invalid
        "the page token does not belong to this request"
        "repeat the list with the same arguments, or start again without a page token"
        "ページトークンがこの要求のものではありません"
        "同じ条件で続けるか，ページトークンなしで最初からやり直してください"
    RequestIdInvalid "TF-1018" FIELD_INVALID Invalid
        "a request_id is a UUID"
        "draw a new random UUID for every new deed, and repeat it only when you repeat the request"
        "request_id は UUID です"
        "操作ごとに新しいUUIDを作り，同じ要求を繰り返すときだけ同じものを使ってください"
    RequestIdReused "TF-1019" REQUEST_ID_REUSED Precondition
        "this request_id was used for another request"
        "draw a new random UUID for every new deed"
        "この request_id は別の要求で使われています"
        "操作ごとに新しいUUIDを作ってください"
    VendorInvalid "TF-1020" FIELD_INVALID Invalid
        "a vendor is 1 to 32 of a-z, 0-9 and hyphen"
        "for example feitian, token2 or deepnet"
        "製造元は a-z，0-9，ハイフンの1文字から32文字です"
        "例: feitian，token2，deepnet"
    CsrInvalid "TF-1021" FIELD_INVALID Invalid
        "the certificate request can't be used"
        "make it with tokenadm operator add: an ECDSA P-256 key and a valid signature"
        "証明書要求が使えません"
        "tokenadm operator add で作ってください（ECDSA P-256 の鍵と正しい署名が必要です）"
    MessageInvalid "TF-1022" FIELD_INVALID Invalid
        "the request could not be understood"
        "check that client and server speak the same version: tokenadm version, tokenadm status"
        "要求を解釈できませんでした"
        "クライアントとサーバの版を確かめてください: tokenadm version，tokenadm status"
    StreamOrder "TF-1023" FIELD_INVALID Invalid
        "an upload begins with its header, then come the bytes of the file"
        "send the header first and once"
        "送信は見出しから始め，続けてファイルの内容を送ります"
        "見出しを最初に一度だけ送ってください"
    LotNameInvalid "TF-1024" FIELD_INVALID Invalid
        "that is no name of a lot"
        "a lot is called like 2026-11-24-a; see: tokenadm lot list"
        "ロットの名前ではありません"
        "ロットは 2026-11-24-a のような名前です．tokenadm lot list で確かめてください"
    FilterSyntax "TF-1025" FILTER_SYNTAX Invalid
        "the filter can't be read (from character {position})"
        "compare fields joined by AND or OR, as in: state = \"LENT\" AND model = \"C200\"; fields: {choices}"
        "フィルタを解釈できません（{position}文字目から）"
        "比較を AND か OR でつないでください．例: state = \"LENT\" AND model = \"C200\"．項目: {choices}"
    RpcUnknown "TF-1026" RPC_UNKNOWN Unimplemented
        "this server knows no such call"
        "check that client and server speak the same version: tokenadm version, tokenadm status"
        "このサーバにはその呼び出しがありません"
        "クライアントとサーバの版を確かめてください: tokenadm version，tokenadm status"

    FieldControl "TF-1027" FIELD_INVALID Invalid
        "{field} has characters that can't be shown"
        "leave out line ends and control characters in {field}"
        "{field} に表示できない文字があります"
        "{field} から改行や制御文字を除いてください"
    FilterField "TF-1028" FILTER_SYNTAX Invalid
        "the filter has no field {name}"
        "the fields are: {choices}"
        "フィルタに {name} という項目はありません"
        "使える項目: {choices}"
    FilterValue "TF-1029" FILTER_SYNTAX Invalid
        "{name} is never {value}"
        "it is one of: {choices}"
        "{name} の値に {value} はありません"
        "次のいずれかです: {choices}"
    FilterOperator "TF-1030" FILTER_SYNTAX Invalid
        "{name} can't be compared with {operator}"
        "it can be compared with: {choices}"
        "{name} は {operator} で比較できません"
        "使える比較: {choices}"
    FilterTime "TF-1031" FILTER_SYNTAX Invalid
        "{name} is compared with a time"
        "write it as RFC 3339 has it, in quotes: \"2026-01-01T00:00:00Z\""
        "{name} は時刻と比較してください"
        "RFC 3339の形で，引用符に入れて書いてください: \"2026-01-01T00:00:00Z\""
    FilterNumber "TF-1032" FILTER_SYNTAX Invalid
        "{name} is compared with a whole number"
        "for example: {name} = 6"
        "{name} は整数と比較してください"
        "例: {name} = 6"
    FilterMasked "TF-1033" FILTER_SYNTAX Invalid
        "your role can't search by a part or a range of an ID"
        "give one whole ID, joined by AND to the rest, as in: user = \"0123456789\" AND state = LENT"
        "この役割では，IDの一部や範囲では検索できません"
        "ID全体を AND でつないで指定してください．例: user = \"0123456789\" AND state = LENT"

    KeyNotNew "TF-1034" FIELD_INVALID Invalid
        "the certificate request is for the key of your present certificate"
        "make a new key for every certificate; tokenadm operator renew does"
        "証明書要求の鍵が，現在の証明書の鍵と同じです"
        "証明書ごとに新しい鍵を作ってください．tokenadm operator renew は新しい鍵を作ります"
    ReportTakesNo "TF-1035" FIELD_INVALID Invalid
        "the report {report} takes no {field} here"
        "leave {field} out; which reports look back or ahead: tokenadm report --help"
        "レポート {report} には {field} を指定できません"
        "{field} を付けずに実行してください．期間を指定できるレポート: tokenadm report --help"

    // TF-11xx: what was not found.
    TokenNotFound "TF-1101" TOKEN_NOT_FOUND NotFound
        "no token {serial}"
        "check the serial on the back of the token; see: tokenadm list"
        "トークン {serial} はありません"
        "トークン裏面のシリアル番号を確かめてください．一覧: tokenadm list"
    UserNotFound "TF-1102" USER_NOT_FOUND NotFound
        "{user} holds no token"
        "check the ID, or lend a token: tokenadm assign <serial> {user}"
        "{user} に貸出中のトークンはありません"
        "共通IDを確かめるか，貸し出してください: tokenadm assign <serial> {user}"
    LotNotFound "TF-1103" LOT_NOT_FOUND NotFound
        "no lot {lot}"
        "see: tokenadm lot list"
        "ロット {lot} はありません"
        "tokenadm lot list で確かめてください"
    OperatorNotFound "TF-1104" OPERATOR_NOT_FOUND NotFound
        "no operator {operator}"
        "see: tokenadm operator list"
        "担当者 {operator} はいません"
        "tokenadm operator list で確かめてください"
    SerialAmbiguous "TF-1105" SERIAL_AMBIGUOUS Precondition
        "several tokens have the serial {serial}: {names}"
        "name one of them in full"
        "シリアル番号 {serial} のトークンが複数あります: {names}"
        "いずれかを完全な名前で指定してください"
    UserTokensSeveral "TF-1107" USER_TOKENS_SEVERAL Precondition
        "{user} holds several tokens: {names}"
        "name one of them by its serial"
        "{user} には複数のトークンが貸出中です: {names}"
        "シリアル番号で一つを指定してください"

    NotIdentified "TF-1108" TOKEN_NOT_FOUND NotFound
        "none of {examined} tokens shows these codes about now"
        "pass two codes that follow each other; a clock that is far off is found by its serial only: tokenadm resync <serial>"
        "{examined}本のうち，現在このコードを表示するトークンはありません"
        "続けて表示された二つのコードを入力してください．時計が大きくずれたトークンはシリアル番号から探してください: tokenadm resync <serial>"
    TokenNotFoundUnsaid "TF-1109" TOKEN_NOT_FOUND NotFound
        "no token with that serial"
        "the serial on the back of the token stands first, its codes behind it; see: tokenadm list"
        "そのシリアル番号のトークンはありません"
        "トークン裏面のシリアル番号，確認コードの順に入力してください．一覧: tokenadm list"
    TokenNotSeen "TF-1110" TOKEN_NOT_FOUND NotFound
        "no token {serial}"
        "check the serial on the back of the token; it may be lent through another department, which you don't see: ask a colleague who acts for all"
        "トークン {serial} はありません"
        "トークン裏面のシリアル番号を確かめてください．担当外の部局を通じて貸出中のものは表示されません．全部局の担当者に問い合わせてください"
    TokenNotSeenUnsaid "TF-1111" TOKEN_NOT_FOUND NotFound
        "no token with that serial"
        "the serial on the back of the token stands first, its codes behind it; it may be lent through another department, which you don't see: ask a colleague who acts for all"
        "そのシリアル番号のトークンはありません"
        "トークン裏面のシリアル番号，確認コードの順に入力してください．担当外の部局を通じて貸出中のものは表示されません．全部局の担当者に問い合わせてください"
    UserNotSeen "TF-1112" USER_NOT_FOUND NotFound
        "{user} holds no token"
        "check the ID, or lend a token: tokenadm assign <serial> {user}; one may be lent through another department, which you don't see: ask a colleague who acts for all"
        "{user} に貸出中のトークンはありません"
        "共通IDを確かめるか，貸し出してください: tokenadm assign <serial> {user}．担当外の部局を通じて貸出中のものは表示されません．全部局の担当者に問い合わせてください"

    // TF-12xx: seed files. First the file as a whole, then its rows, then admission.
    FileEmpty "TF-1201" FILE_EMPTY Invalid
        "there is nothing to import in this file"
        "ask the vendor for the file again"
        "このファイルには取り込めるものがありません"
        "製造元にファイルを再送してもらってください"
    FileFormatUnknown "TF-1202" FILE_FORMAT_UNKNOWN Invalid
        "this is no seed file that is known here"
        "what is read: PSKC and other vendors' XML, Excel workbooks (.xlsx), zip archives, SafeWord and Graph JSON files, CSV whose first line names serial and secret (delete a title above it), and OATH CSV (serial, hex seed, type, digits, period); of any other list say which column holds what: --map serial=1,secret=2:hex,type=const:totp,period=const:60"
        "対応している形式のシードファイルではありません"
        "読めるのは，PSKC などのXML，Excel ブック（.xlsx），zip，SafeWord，Graph のJSON，先頭行にシリアル番号とシードの見出しを持つCSV（上に表題があれば削除してください），OATH CSV（シリアル番号, 16進シード, 種別, 桁数, 周期）です．ほかの一覧は列を指定してください: --map serial=1,secret=2:hex,type=const:totp,period=const:60"
    FileFormatRefused "TF-1203" FILE_FORMAT_REFUSED Invalid
        "this is {format}, which can't be imported"
        "{cure}"
        "このファイルは「{format}」のため，取り込めません"
        "{cure}"
    SecretOddHex "TF-1204" IMPORT_ROW_INVALID Invalid
        "{length} hex digits; a seed has an even number of them"
        "a digit was lost; ask the vendor for this row again"
        "16進数字が{length}個です．シードは偶数個です"
        "桁が欠けています．この行を製造元に問い合わせてください"
    SecretNotHex "TF-1205" IMPORT_ROW_INVALID Invalid
        "the character at position {position} is no hex digit"
        "it was changed: ask the vendor for this row again; where no row can be read, the column may be Base32: --secret-encoding base32"
        "{position}文字目が16進数字ではありません"
        "文字が変わっています．この行を製造元に問い合わせてください．どの行も読めなければ Base32 の列かもしれません: --secret-encoding base32"
    SecretNotBase32 "TF-1206" IMPORT_ROW_INVALID Invalid
        "the character at position {position} is not of Base32 (A-Z, 2-7)"
        "0, 1 and 8 are often O, I and B misread: ask the vendor for this row again; where no row can be read, the column may be hex: --secret-encoding hex"
        "{position}文字目が Base32（A-Z，2-7）の文字ではありません"
        "0，1，8 は O，I，B の読み違いであることがよくあります．この行を製造元に問い合わせてください．どの行も読めなければ16進の列かもしれません: --secret-encoding hex"
    SecretAmbiguous "TF-1207" SECRET_ENCODING_AMBIGUOUS Invalid
        "the secrets read as hex and as Base32 alike"
        "ask the vendor which it is and say --secret-encoding hex or --secret-encoding base32{otherwise}"
        "シードが16進とも Base32 とも読めます"
        "製造元に確かめて --secret-encoding hex か --secret-encoding base32 を付けてください{otherwise}"
    SecretMissing "TF-1208" IMPORT_ROW_INVALID Invalid
        "there is no secret key"
        "ask the vendor for this row again"
        "シードがありません"
        "この行を製造元に問い合わせてください"
    SecretLength "TF-1209" IMPORT_ROW_INVALID Invalid
        "{length} characters can't be a Base32 text"
        "a character was lost; ask the vendor for this row again"
        "{length}文字の Base32 はありえません"
        "文字が欠けています．この行を製造元に問い合わせてください"
    RowSerialMissing "TF-1210" IMPORT_ROW_INVALID Invalid
        "there is no serial number"
        "ask the vendor for this row again"
        "シリアル番号がありません"
        "この行を製造元に問い合わせてください"
    RowSerialScientific "TF-1211" IMPORT_ROW_INVALID Invalid
        "the serial number was damaged by a spreadsheet"
        "ask for the vendor's file again, or format the column as text before saving"
        "シリアル番号が表計算ソフトで壊れています"
        "製造元の元のファイルを使うか，列の書式を文字列にして保存してください"
    RowSerialInvalid "TF-1212" IMPORT_ROW_INVALID Invalid
        "a serial number has 1 to 64 letters, digits and -_.:+, and begins with a letter or digit"
        "did a spreadsheet put an error or a formula there? Ask the vendor for this row again"
        "シリアル番号は英数字と -_.:+ の1文字から64文字で，英数字で始まります"
        "表計算ソフトのエラーや数式が入っていませんか．この行を製造元に問い合わせてください"
    RowDigits "TF-1213" IMPORT_ROW_INVALID Invalid
        "a code has 6, 7 or 8 digits"
        "check the column order of the file"
        "確認コードは6，7，8桁のいずれかです"
        "列の順序を確かめてください"
    RowPeriod "TF-1214" IMPORT_ROW_INVALID Invalid
        "the time interval must be a whole number of 15 to 120 seconds"
        "check the column order of the file"
        "時間間隔は15秒から120秒の整数です"
        "列の順序を確かめてください"
    RowType "TF-1215" IMPORT_ROW_INVALID Invalid
        "this is no OATH token (HOTP or TOTP)"
        "other kinds, such as OCRA, mOTP or Yubico OTP, can't be imported"
        "OATH トークン（HOTP，TOTP）ではありません"
        "OCRA，mOTP，Yubico OTP などは取り込めません"
    RowAlgorithm "TF-1216" IMPORT_ROW_INVALID Invalid
        "the algorithm must be SHA1, SHA256 or SHA512"
        "check the column order of the file"
        "アルゴリズムは SHA1，SHA256，SHA512 のいずれかです"
        "列の順序を確かめてください"
    RowCounter "TF-1217" IMPORT_ROW_INVALID Invalid
        "the counter must be a whole number from 0"
        "check the column order of the file"
        "カウンタは0以上の整数です"
        "列の順序を確かめてください"
    FileTooLarge "TF-1218" FILE_TOO_LARGE Invalid
        "the file is larger than {limit}"
        "split it; every part becomes a lot of its own"
        "ファイルが{limit}を超えています"
        "分割してください．それぞれが一つのロットになります"
    FileEncoding "TF-1219" FILE_ENCODING Invalid
        "the text is not UTF-8 (from line {line} on), nor surely Shift_JIS or EUC-JP"
        "open it in a spreadsheet and save it as \"CSV UTF-8\", or ask the vendor for a UTF-8 file"
        "UTF-8 ではない文字があり（{line}行目から），Shift_JIS とも EUC-JP とも決められません"
        "表計算ソフトで「CSV UTF-8」として保存し直すか，製造元に UTF-8 のファイルを頼んでください"
    RowSerialRepeated "TF-1220" IMPORT_ROW_INVALID Invalid
        "the serial number stands in this file again with another secret key (line {other})"
        "ask the vendor which row is right"
        "同じシリアル番号が別のシードでもう一度あります（{other}行目）"
        "どちらが正しいか製造元に問い合わせてください"
    SecretContradiction "TF-1221" SECRET_ENCODING_CONTRADICTION Invalid
        "the secrets read as {encoding} up to here, and line {line} can't be read so"
        "the file mixes hex and Base32, or a row is damaged; ask the vendor for the file again"
        "ここまでのシードは{encoding}ですが，{line}行目はそう読めません"
        "16進と Base32 が混ざっているか，行が壊れています．製造元にファイルを再送してもらってください"
    HeaderColumnMissing "TF-1222" FILE_HEADER Invalid
        "the header has no column for the {field}"
        "name the columns as in: serial number,secret key,time interval; or say which they are: --map serial=1,secret=2:hex,type=const:totp,period=const:60"
        "見出しに {field} の列がありません"
        "serial number,secret key,time interval のような見出しにするか，列を指定してください: --map serial=1,secret=2:hex,type=const:totp,period=const:60"
    HeaderColumnTwice "TF-1223" FILE_HEADER Invalid
        "the header names the {field} twice"
        "keep one of the two columns"
        "見出しに {field} の列が二つあります"
        "どちらか一つにしてください"
    RowColumns "TF-1224" IMPORT_ROW_INVALID Invalid
        "the row has {found} columns where {expected} were expected"
        "look for a stray or missing delimiter or quote in this row"
        "列の数が{found}です（{expected}のはずです）"
        "余分な，または欠けた区切り文字や引用符がないか確かめてください"
    RowUnreadable "TF-1225" IMPORT_ROW_INVALID Invalid
        "the row can't be read as delimited text"
        "look for a stray quote in this row"
        "区切り文字形式の行として読めません"
        "余分な引用符がないか確かめてください"
    RowTooLong "TF-1226" FILE_FORMAT_UNKNOWN Invalid
        "a row is longer than {limit}"
        "this is not a seed file, or its line ends were lost"
        "1行が{limit}を超えています"
        "シードファイルではないか，改行が失われています"
    TooManyRows "TF-1227" FILE_TOO_LARGE Invalid
        "the file has more than {limit} rows"
        "split it; every part becomes a lot of its own"
        "行数が{limit}を超えています"
        "分割してください．それぞれが一つのロットになります"
    RowExpiry "TF-1228" IMPORT_ROW_INVALID Invalid
        "the expiry date can't be read"
        "write it as 2031-12-31"
        "有効期限が読み取れません"
        "2031-12-31 のように書いてください"
    SecretUnreadable "TF-1229" SECRET_ENCODING_UNKNOWN Invalid
        "no secret of this file reads as hex or as Base32"
        "if they are Base64, say --secret-encoding base64; else ask the vendor what they are"
        "16進としても Base32 としても読めるシードがありません"
        "Base64 であれば --secret-encoding base64 を付けてください．違えば製造元に確かめてください"
    SecretNotBase64 "TF-1230" IMPORT_ROW_INVALID Invalid
        "these {length} characters are no Base64 text"
        "a character was lost, or the column is hex or Base32: then say --secret-encoding hex or base32"
        "この{length}文字は Base64 として読めません"
        "文字が欠けているか，16進または Base32 の列です．後者であれば --secret-encoding hex か base32 を付けてください"
    RowTypeMissing "TF-1231" IMPORT_ROW_INVALID Invalid
        "the row does not say whether the token is HOTP or TOTP"
        "fill the column for the type, or else the one for the time interval or the counter"
        "HOTP か TOTP かが書かれていません"
        "種別の列を埋めるか，時間間隔またはカウンタの列を埋めてください"
    RowHeading "TF-1232" IMPORT_ROW_INVALID Invalid
        "this row is a heading, not a token"
        "were two files joined? Import each of them by itself"
        "この行は見出しで，トークンではありません"
        "二つのファイルがつながっていませんか．別々に取り込んでください"
    HeaderKindMissing "TF-1233" FILE_HEADER Invalid
        "the header has no column that says whether the tokens have a clock or a button"
        "as the vendor tells you, add a column time interval (30 or 60), counter, or type (TOTP or HOTP), or say for all rows, with your columns: --map serial=1,secret=2:hex,type=const:totp,period=const:60"
        "時計式かボタン式かを示す列が見出しにありません"
        "製造元に確かめて，time interval（30 か 60），counter，type（TOTP か HOTP）のいずれかの列を加えるか，全行に共通の値を指定してください（列の番号は合わせてください）: --map serial=1,secret=2:hex,type=const:totp,period=const:60"
    FileEncodingBroken "TF-1234" FILE_ENCODING Invalid
        "the file is written in {encoding}, but line {line} can't be read so"
        "a character there is damaged, or files in two encodings were joined; ask the vendor for a UTF-8 file"
        "{encoding} のファイルですが，{line}行目をそう読めません"
        "文字が壊れているか，文字コードの異なるファイルがつながっています．製造元に UTF-8 のファイルを頼んでください"
    RowSerialZeros "TF-1235" IMPORT_ROW_INVALID Invalid
        "the serial number has {length} digits where the others have {width}: a spreadsheet may have removed leading zeros"
        "use the vendor's file, or compare with the tokens and fill it up with zeros to {width} digits; if the serials are right as they are, say --serials-as-written"
        "シリアル番号が{length}桁です（他は{width}桁）．表計算ソフトで先頭の0が失われた可能性があります"
        "製造元の元のファイルを使うか，現物と照合して先頭に0を補い{width}桁にしてください．このままで正しければ --serials-as-written を付けてください"
    RowSerialPrecision "TF-1236" IMPORT_ROW_INVALID Invalid
        "the serial number has only zeros behind its 15th digit, like all long ones here: a spreadsheet lost the digits"
        "they can't be brought back; use the vendor's file as it came, without a spreadsheet"
        "シリアル番号の16桁目以降がすべて0です（長い番号は皆そうです）．表計算ソフトで桁が失われています"
        "元には戻せません．表計算ソフトを通していない，製造元の元のファイルを使ってください"
    RowSerialDate "TF-1237" IMPORT_ROW_INVALID Invalid
        "a spreadsheet turned the serial number into a date"
        "use the vendor's file as it came, or format the column as text and type the number from the token"
        "シリアル番号が表計算ソフトで日付に変わっています"
        "製造元の元のファイルを使うか，列の書式を文字列にして現物の番号を入力してください"
    RowSerialAmount "TF-1238" IMPORT_ROW_INVALID Invalid
        "a spreadsheet wrote the serial number as an amount, with separators or decimals"
        "use the vendor's file as it came, or format the column as text and type the number from the token: leading zeros may be lost too"
        "シリアル番号が表計算ソフトで桁区切りや小数の付いた数値になっています"
        "製造元の元のファイルを使うか，列の書式を文字列にして現物の番号を入力してください（先頭の0も失われている可能性があります）"
    SecretSpreadsheet "TF-1239" IMPORT_ROW_INVALID Invalid
        "a spreadsheet turned the secret key into a number or an error"
        "it can't be brought back; use the vendor's file as it came, or ask for this row again"
        "シードが表計算ソフトで数値またはエラーに変わっています"
        "元には戻せません．製造元の元のファイルを使うか，この行を製造元に問い合わせてください"
    SeedShort "TF-1240" IMPORT_ROW_INVALID Invalid
        "the secret key is too short: {length} of at least {least} bytes"
        "RFC 4226 asks for 16 bytes; ask the vendor for tokens with longer seeds, or whoever runs the service, which sets the least"
        "シードが{length}バイトです．{least}バイト以上必要です"
        "RFC 4226 は16バイト以上を求めています．製造元に相談するか，下限を定めているサーバの管理者に問い合わせてください"
    SeedTestVector "TF-1241" IMPORT_ROW_INVALID Invalid
        "the secret key is one that is printed in public documents"
        "this is a sample, not a token; ask the vendor for the file again"
        "公開文書に載っているシードです"
        "見本であり実際のトークンではありません．製造元にファイルを再送してもらってください"
    SeedElsewhere "TF-1242" SEED_EXISTS_OTHER_SERIAL Exists
        "another token, {serial}, has the same secret key"
        "two devices never share a seed; ask the vendor which serial is right"
        "別のトークン {serial} が同じシードを持っています"
        "シードは共有されません．どちらのシリアル番号が正しいか製造元に問い合わせてください"
    SerialExistsDifferentSeed "TF-1243" SERIAL_EXISTS_DIFFERENT_SEED Exists
        "the serial number is known with another secret key"
        "the vendor reused a serial, or it is the wrong file; or tokenadm lot prove has found another encoding: then say it, --secret-encoding; the token that is known was not touched: {whence}"
        "同じシリアル番号が別のシードで登録済みです"
        "製造元がシリアル番号を使い回したか，ファイルが違います．tokenadm lot prove で別の読み方と分かったロットであれば，--secret-encoding で指定してください．登録済みのトークンは変更していません．{whence}"
    SerialExistsDifferentData "TF-1244" SERIAL_EXISTS_DIFFERENT_DATA Exists
        "the serial number is known with the same secret key but another {field}"
        "check which file is right; the token that is known was not touched"
        "同じシリアル番号とシードが登録済みですが，{field} が違います"
        "どちらのファイルが正しいか確かめてください．登録済みのトークンは変更していません"
    SerialOfOtherVendor "TF-1245" SERIAL_EXISTS_OTHER_VENDOR Exists
        "the serial number is known with the same secret key, as {name}"
        "if its vendor is {vendor}, revert the lot it came with while none of its tokens was used, and import again"
        "同じシリアル番号とシードが {name} として登録済みです"
        "製造元が {vendor} であれば，元のロットが未使用のうちに取り消して，取り込み直してください"
    SecretCutOff "TF-1246" IMPORT_ROW_INVALID Invalid
        "the {length} characters of the secret key don't end as a whole text does: one was lost or changed, or the padding is wrong"
        "use the vendor's file as it came, or ask for this row again"
        "シードの{length}文字の終わり方が正しくありません．文字が欠けたか変わったか，末尾の = の数が違います"
        "製造元の元のファイルを使うか，この行を製造元に問い合わせてください"
    SecretLengthUnusual "TF-1247" IMPORT_ROW_INVALID Invalid
        "the secret key has {length} characters where the others have {usual}: some were lost or added"
        "use the vendor's file as it came, or ask for this row again; if the vendor says that it is right, say --secrets-as-written"
        "シードが{length}文字です（他は{usual}文字）．文字が欠けたか余分に入っています"
        "製造元の元のファイルを使うか，この行を製造元に問い合わせてください．製造元に確かめて正しければ --secrets-as-written を付けてください"
    RowCellLost "TF-1248" IMPORT_ROW_INVALID Invalid
        "the cell is empty, but other rows fill it"
        "ask the vendor for this row again, or fill the cell in"
        "他の行では入力されている欄が空です"
        "この行を製造元に問い合わせるか，欄を補ってください"
    RowCutOff "TF-1249" IMPORT_ROW_INVALID Invalid
        "the file ends within this row, with {found} columns where {expected} were expected"
        "the file was cut off, and rows may be missing behind this one: copy it again, or ask the vendor for it"
        "この行の途中でファイルが終わっています（{found}列．{expected}列のはずです）"
        "ファイルが途中で切れており，以降の行も失われた可能性があります．コピーし直すか，製造元に問い合わせてください"
    ImportRowsRefused "TF-1250" IMPORT_ROW_INVALID Invalid
        "{refused} of {rows} rows can't be imported; nothing was changed"
        "mend them, or import the others with --keep-going"
        "{rows}行のうち{refused}行が取り込めません．何も変更していません"
        "直すか，--keep-going で残りだけ取り込んでください"
    ImportRunning "TF-1251" IMPORT_RUNNING Aborted
        "another import is running (by {operator})"
        "try again when it has ended"
        "別の取り込みが実行中です（{operator}）"
        "終わってからもう一度試してください"
    ImportAborted "TF-1252" IMPORT_ABORTED Aborted
        "the upload ended before the file did; nothing was changed"
        "import the file again"
        "ファイルの途中で送信が終わりました．何も変更していません"
        "もう一度取り込んでください"
    PlanInvalid "TF-1253" PLAN_INVALID Invalid
        "this is no plan of an import"
        "copy it from the dry run, as in mzxw6ytb-onsw-k4tj"
        "取り込みの計画の番号ではありません"
        "--dry-run の結果からそのまま写してください（例: mzxw6ytb-onsw-k4tj）"
    PlanMismatch "TF-1254" PLAN_MISMATCH Precondition
        "this is not the import that was planned: {what} not the same; nothing was changed"
        "look at what it would do now, and take its plan: tokenadm import --dry-run"
        "計画した取り込みと{what}違います．何も変更していません"
        "tokenadm import --dry-run で内容を確かめ，その計画を指定してください"
    PlanStale "TF-1255" PLAN_STALE Precondition
        "the stock has changed since this import was planned, and it would come to something else; nothing was changed"
        "look at what it would do now, and take its plan: tokenadm import --dry-run"
        "計画した後に在庫が変わり，取り込みの結果が計画と違います．何も変更していません"
        "tokenadm import --dry-run で内容を確かめ，その計画を指定してください"
    MapInvalid "TF-1260" COLUMN_MAP_INVALID Invalid
        "the column map can't be read at character {position}, behind \"{before}\": {rule}"
        "write it as in: serial=1,secret=3:hex,type=const:totp,period=const:60"
        "列の対応を「{before}」の後（{position}文字目）から解釈できません: {rule}"
        "serial=1,secret=3:hex,type=const:totp,period=const:60 のように書いてください"
    MapColumn "TF-1261" COLUMN_MAP_UNFIT Invalid
        "the column map takes the {field} from column {number}, but the rows have {found}"
        "count the columns from 1, and check that the map is for this file"
        "列の対応では {field} は{number}列目ですが，行には{found}列しかありません"
        "列は1から数えます．このファイル用の対応か確かめてください"
    MapHeading "TF-1262" COLUMN_MAP_UNFIT Invalid
        "the column map takes the {field} from the heading \"{name}\", which stands over {found} columns of line {line}"
        "name one heading as it stands in the file, or give the column's number"
        "列の対応では {field} の見出しは「{name}」ですが，{line}行目でそれに当たる列は{found}個です"
        "ファイルにある見出しを一つ書くか，列の番号を書いてください"
    MapSecrets "TF-1263" COLUMN_MAP_UNFIT Invalid
        "the column map takes the secret key from column {number}, where none reads as {encoding}"
        "check the number of the column, and the encoding behind it: hex, base32 or base64"
        "列の対応ではシードは{number}列目ですが，{encoding}として読めるものがありません"
        "列の番号と，その後の文字表現（hex，base32，base64）を確かめてください"
    MapEncodings "TF-1264" COLUMN_MAP_INVALID Invalid
        "the column map says that secrets are {encoding}, and --secret-encoding says otherwise"
        "say it once"
        "列の対応ではシードは{encoding}ですが，--secret-encoding の指定と違います"
        "どちらか一方で指定してください"
    FileMalformed "TF-1265" FILE_MALFORMED Invalid
        "this {format} can't be read at line {line}"
        "it was cut off or changed on its way: ask the vendor to send it again"
        "この{format}は{line}行目から読めません"
        "途中で切れたか，書き換えられています．製造元に再送してもらってください"
    XmlForbidden "TF-1266" FILE_MALFORMED Invalid
        "line {line} declares a document type or entities, which no seed file has"
        "don't import it; ask the vendor where it comes from"
        "{line}行目に文書型または実体の宣言があります．シードファイルにはないものです"
        "取り込まずに，製造元に出所を確かめてください"
    FileLimit "TF-1267" FILE_LIMIT Invalid
        "line {line} goes beyond what a seed file may have: {rule}"
        "don't import it; ask the vendor for a file of its own for each delivery"
        "{line}行目がシードファイルの上限を超えています: {rule}"
        "取り込まずに，納品ごとのファイルを製造元に依頼してください"
    FileVersion "TF-1268" FILE_VERSION Invalid
        "this is {format} of version {version}, which is not read here"
        "ask the vendor for PSKC of version 1.0 (RFC 6030) or CSV"
        "{format} のバージョン {version} は読めません"
        "PSKC 1.0（RFC 6030）か CSV を製造元に依頼してください"
    FileElement "TF-1269" FILE_MALFORMED Invalid
        "line {line}: {element} is missing, or not as the format says"
        "ask the vendor to send the file again"
        "{line}行目: {element} がないか，形式に合いません"
        "製造元に再送してもらってください"
    FileCipher "TF-1270" FILE_CIPHER Invalid
        "its secrets are encrypted with {name}, which is not read here"
        "ask the vendor for AES-CBC with an HMAC, or for AES key wrap, with a key or a passphrase that was agreed on"
        "シードが {name} で暗号化されており，読めません"
        "AES-CBC と HMAC，または AES key wrap（事前共有鍵またはパスフレーズ）で暗号化したファイルを製造元に依頼してください"
    FileMacMissing "TF-1271" FILE_CIPHER Invalid
        "its secrets are encrypted without an integrity code, so that a change would not be seen"
        "ask the vendor for a file with a MACMethod and a ValueMAC for each secret"
        "暗号化されたシードに改ざん検知コードがなく，変更されても分かりません"
        "MACMethod と，シードごとの ValueMAC を持つファイルを製造元に依頼してください"
    FileMacUnknown "TF-1272" FILE_CIPHER Invalid
        "its integrity codes are {name}, which is not known here"
        "ask the vendor for HMAC-SHA1 or HMAC-SHA256"
        "改ざん検知コードが {name} で，対応していません"
        "HMAC-SHA1 か HMAC-SHA256 を製造元に依頼してください"
    FileDerivation "TF-1273" FILE_CIPHER Invalid
        "how its key is made from the passphrase can't be used: {rule}"
        "ask the vendor for PBKDF2 with salt, iteration count and key length"
        "パスフレーズから鍵を作る方法が使えません: {rule}"
        "ソルト，反復回数，鍵長を持つ PBKDF2 を製造元に依頼してください"
    FileKeyNeeded "TF-1274" FILE_KEY_NEEDED Invalid
        "{what} is encrypted with a key that was agreed on with the vendor"
        "put the key into a file, as hex, and give it: --key-file KEY"
        "{what}は製造元と取り決めた鍵で暗号化されています"
        "鍵を16進でファイルに書き，--key-file で指定してください"
    FilePassphraseNeeded "TF-1275" FILE_PASSPHRASE_NEEDED Invalid
        "{what} is encrypted with a passphrase"
        "run it on a terminal, where the passphrase is asked for, or put it into a file: --passphrase-file FILE, once for each passphrase"
        "{what}はパスフレーズで暗号化されています"
        "端末で実行するとパスフレーズを尋ねます．ファイルからは --passphrase-file で渡せます（複数あれば繰り返し指定）"
    FileKeyWrong "TF-1276" FILE_KEY_WRONG Invalid
        "the key or passphrase does not open {what}"
        "check that it is for this delivery, and for capitals and blanks; then ask the vendor for both again"
        "指定された鍵またはパスフレーズでは{what}を開けません"
        "この納品のものか，大文字・小文字や空白を確かめ，違わなければ製造元に両方を問い合わせてください"
    ArchivePart "TF-1277" ARCHIVE_PART Invalid
        "it holds {found} parts that may be meant: {names}"
        "name the one to read: --part NAME"
        "対象になりうる部分が{found}個あります: {names}"
        "読むものを --part で指定してください"
    ArchivePartMissing "TF-1278" ARCHIVE_PART Invalid
        "it has no part of that name; it holds: {names}"
        "name one of these: --part NAME"
        "その名前の部分はありません．あるのは: {names}"
        "この中の一つを --part で指定してください"
    KeyNotOath "TF-1285" IMPORT_KEY_NOT_OATH Invalid
        "a key of type {type}, which is no OATH one-time-password key"
        "it is left out; nothing has to be done"
        "種別 {type} の鍵で，OATH のワンタイムパスワード用ではありません"
        "取り込みの対象外です．対応は要りません"
    KeyNoSecret "TF-1286" IMPORT_ROW_INVALID Invalid
        "its secret is not in this file: {rule}"
        "ask the vendor for a file with the secret in it, encrypted with a key or a passphrase that was agreed on"
        "シードがこのファイルにありません: {rule}"
        "事前共有鍵またはパスフレーズで暗号化したシードを含むファイルを製造元に依頼してください"
    KeyPolicy "TF-1287" IMPORT_ROW_INVALID Invalid
        "its policy says {policy}, which can't be kept here, so the key must not be used"
        "ask the vendor for these keys without that policy"
        "利用方針「{policy}」に従えないため，この鍵は使えません"
        "その方針のない鍵を製造元に依頼してください"
    SecretTampered "TF-1288" IMPORT_ROW_INVALID Invalid
        "its secret does not open: it was changed, or encrypted with another key"
        "ask the vendor for this key again"
        "シードを開けません．書き換えられたか，別の鍵で暗号化されています"
        "この鍵を製造元に問い合わせてください"
    RowSerialNumber "TF-1289" IMPORT_ROW_INVALID Invalid
        "the serial in cell {cell} is a number to the workbook, which keeps no zeros before it and no more than 15 digits"
        "ask the vendor for CSV, or for a workbook whose serials are text"
        "セル {cell} のシリアル番号が数値になっています．先頭のゼロや16桁目以降は保たれません"
        "製造元に CSV か，シリアル番号を文字列にしたブックを依頼してください"
    KeyNamespace "TF-1290" IMPORT_ROW_INVALID Invalid
        "{element} stands in a namespace or a place where it is not read, and nothing else says what it says"
        "ask the vendor for this key as RFC 6030 writes it"
        "{element} が規格と異なる名前空間または位置にあるため読み取れず，ほかに指定もありません"
        "RFC 6030 のとおりに書いた鍵を製造元に依頼してください"
    KeyTime "TF-1291" IMPORT_ROW_INVALID Invalid
        "its Time is not 0, so that it is not sure from when its clock counts"
        "ask the vendor for this key with a Time of 0, which counts from 1970"
        "Time が 0 でないため，時計の起点が定まりません"
        "Time を 0（1970年起点）にした鍵を製造元に依頼してください"
    KeyDates "TF-1292" IMPORT_ROW_INVALID Invalid
        "the date from which it may be used is later than the one on which it expires"
        "ask the vendor which date is right"
        "使用開始日が有効期限より後になっています"
        "どちらの日付が正しいか製造元に問い合わせてください"
    KeyAlgorithm "TF-1293" IMPORT_ROW_INVALID Invalid
        "its algorithm is none that is known here"
        "ask the vendor; HOTP is urn:ietf:params:xml:ns:keyprov:pskc:hotp, TOTP ends in totp instead, and a digest is named by Suite"
        "アルゴリズムの名前が未知のものです"
        "製造元に問い合わせてください．HOTP は urn:ietf:params:xml:ns:keyprov:pskc:hotp，TOTP は末尾が totp で，ダイジェストは Suite に書きます"
    SecretOtherEncoding "TF-1294" IMPORT_ROW_INVALID Invalid
        "the secret key looks like {encoding}, where this format has Base64"
        "ask the vendor how it is written, and say so: --secret-encoding hex, base32 or base64"
        "この形式のシードは Base64 ですが，{encoding}の文字列に見えます"
        "どう書かれているか製造元に確かめて，--secret-encoding hex，base32，base64 のいずれかを付けてください"
    XmlEncoding "TF-1295" FILE_ENCODING Invalid
        "line {line} is not written in the encoding that the XML file begins with"
        "it was saved in another encoding after it was made: use the vendor's file as it came"
        "{line}行目が，XML の先頭で宣言された文字コードと違います"
        "作成後に別の文字コードで保存された可能性があります．製造元の元のファイルを使ってください"
    KeyCheckDigit "TF-1296" IMPORT_ROW_INVALID Invalid
        "its codes end with a check digit, which can't be verified here"
        "ask the vendor for tokens whose codes are plain"
        "コードの末尾にチェックディジットが付くため，照合できません"
        "チェックディジットのないトークンを製造元に依頼してください"
    KeyStart "TF-1297" IMPORT_ROW_INVALID Invalid
        "the date from which it may be used can't be read"
        "ask the vendor to write it as 2031-12-31T00:00:00Z"
        "使用開始日が読み取れません"
        "2031-12-31T00:00:00Z の形で書くよう製造元に依頼してください"
    RowLogForm "TF-1298" IMPORT_ROW_INVALID Invalid
        "a row of the log's other form: unlike those at the beginning of the file it says neither its digits nor what its key is for"
        "import such rows from a file of their own, where HOTP with 6 digits is assumed"
        "ログの別の形式の行です．ファイルの先頭にある行と違い，桁数も鍵の用途も書かれていません"
        "この形式の行だけのファイルにして取り込んでください．6桁の HOTP とみなします"
    RowData "TF-1300" IMPORT_ROW_INVALID Invalid
        "the cell with the token's data can't be read: {rule}"
        "ask the vendor for this row again, or for CSV with the columns serial number, secret key, time interval"
        "トークンのデータの欄が読めません: {rule}"
        "この行か，serial number，secret key，time interval の列を持つCSVを製造元に依頼してください"
    SecretEncodedTwice "TF-1301" IMPORT_ROW_INVALID Invalid
        "the secret key is text in {encoding} instead of the key itself"
        "the file was made by a program that encodes it wrongly; take the vendor's file that it was made from"
        "シードそのものではなく，{encoding}の文字列が入っています"
        "変換プログラムの誤りです．変換前の製造元のファイルを使ってください"
    RowLogEntry "TF-1302" IMPORT_ROW_INVALID Invalid
        "this row is none that the log of a personalization tool has"
        "a line may have been broken in two; use the log as the tool wrote it"
        "設定ツールのログにはない形の行です"
        "1行が二つに分かれていないか確かめ，ツールが書いたままのログを使ってください"
    RowEpoch "TF-1303" IMPORT_ROW_INVALID Invalid
        "the epoch must be a whole number of seconds since 1970, before the year 2100"
        "check the column order of the file"
        "起点時刻は1970年からの秒数（2100年より前）です"
        "列の順序を確かめてください"
    ColumnUnread "TF-1304" FILE_HEADER Invalid
        "column {number} ({heading}) may say how codes are made or seeds are encrypted, and its heading or its values are not known here"
        "ask the vendor what it says, and say what each column holds: --map serial=1,secret=2:hex,type=const:totp,period=const:60,digits=5, with your columns; or delete column {number} where neither depends on it"
        "{number}列目（{heading}）はコードの作り方またはシードの暗号化を示している可能性がありますが，見出しまたは値を解釈できません"
        "製造元に意味を確かめ，列を指定してください（列の番号は合わせてください）: --map serial=1,secret=2:hex,type=const:totp,period=const:60,digits=5．どちらにも関係しない列であれば，{number}列目を削除してください"
    SecretBase64 "TF-1305" SECRET_ENCODING_UNKNOWN Invalid
        "the secret of line {line} looks like Base64: neither hex nor Base32 mixes capital and small letters so"
        "if the vendor says that all of them are Base64, say --secret-encoding base64; if they are not, compare line {line} with the vendor's file"
        "{line}行目のシードは Base64 と思われます．16進や Base32 では，大文字と小文字がこのように混ざりません"
        "全行が Base64 であることを製造元に確かめたうえで --secret-encoding base64 を付けてください．Base64 でなければ，{line}行目を元のファイルと見比べてください"
    TooManyColumns "TF-1306" FILE_LIMIT Invalid
        "the file has more than {limit} columns"
        "delete the columns that say nothing of the tokens; a spreadsheet that once had cells far to the right writes empty ones: copy the filled ones into a new sheet"
        "列が{limit}列を超えています"
        "トークンに関係しない列を削除してください．空の列が多数付いている場合は，値のある列だけを新しいシートにコピーしてください"
    ListBare "TF-1307" FILE_FORMAT_UNKNOWN Invalid
        "the list has two columns without headings, and nothing says that they are serial numbers and secrets, or what the tokens are"
        "if they are, ask the vendor whether the tokens have a button or a clock, and say it: --map serial=1,secret=2:hex,type=const:hotp or --map serial=1,secret=2:hex,type=const:totp,period=const:60"
        "見出しのない2列の一覧で，シリアル番号とシードであることも，トークンの種別も示されていません"
        "シリアル番号とシードであれば，ボタン式か時計式かを製造元に確かめて指定してください: --map serial=1,secret=2:hex,type=const:hotp または --map serial=1,secret=2:hex,type=const:totp,period=const:60"
    RowComment "TF-1308" IMPORT_ROW_INVALID Invalid
        "the line begins with # like a comment, and has the cells of a row"
        "remove the # if the row is to be imported, or the whole line if it is not"
        "# で始まる注釈の行ですが，トークンの行と同じ形をしています"
        "取り込む行であれば # を外し，取り込まない行であれば行ごと削除してください"
    KeySerialNumber "TF-1310" IMPORT_ROW_INVALID Invalid
        "the serial number is written as a number, which keeps no zeros before it"
        "ask the vendor for a file whose serial numbers are text, in quotation marks"
        "シリアル番号が数値として書かれています．先頭のゼロは保たれません"
        "シリアル番号を引用符で囲んだ文字列にしたファイルを製造元に依頼してください"
    KeyElement "TF-1311" IMPORT_ROW_INVALID Invalid
        "{element} is missing, stands there twice, or is not as the format says"
        "ask the vendor for this key again"
        "{element} がないか，重複しているか，形式に合いません"
        "この鍵を製造元に問い合わせてください"
    KeyCutOff "TF-1312" IMPORT_ROW_INVALID Invalid
        "the file ends within this key"
        "the file was cut off, and keys may be missing behind this one: copy it again, or ask the vendor for it"
        "この鍵の途中でファイルが終わっています"
        "ファイルが途中で切れており，以降の鍵も失われた可能性があります．コピーし直すか，製造元に問い合わせてください"
    KeyUnknownPart "TF-1313" IMPORT_ROW_INVALID Invalid
        "{element} is nothing that this format is known to have, and it may change the codes"
        "ask the vendor what it means; what changes no code may be taken out of a copy of the file"
        "{element}はこの形式にある項目として知られておらず，コードを左右する可能性があります"
        "意味を製造元に確かめてください．コードに関わらないものは，ファイルの写しから除けば読めます"
    FileUnknownPart "TF-1314" FILE_MALFORMED Invalid
        "line {line}: {element} is nothing that this format is known to have, and it may change the codes"
        "ask the vendor what it means; what changes no code may be taken out of a copy of the file"
        "{line}行目: {element}はこの形式にある項目として知られておらず，コードを左右する可能性があります"
        "意味を製造元に確かめてください．コードに関わらないものは，ファイルの写しから除けば読めます"
    FileOnePage "TF-1315" FILE_MALFORMED Invalid
        "this is one page of a list: line {line} says where the next one is"
        "fetch all pages, and put the tokens of all of them into one file"
        "一覧の1ページ分だけのファイルです．{line}行目に次のページの場所があります"
        "全ページを取得し，すべてのトークンを一つのファイルにまとめてください"
    ArchiveDamaged "TF-1320" FILE_MALFORMED Invalid
        "the archive or workbook can't be read: {rule}"
        "it was cut off or changed on its way: ask the vendor to send it again"
        "圧縮ファイルまたはブックを読めません: {rule}"
        "途中で切れたか，書き換えられています．製造元に再送してもらってください"
    ArchiveLimit "TF-1321" FILE_LIMIT Invalid
        "the archive or workbook goes beyond what a seed file may have: {rule}"
        "don't import it; ask the vendor for a file of its own for each delivery"
        "圧縮ファイルまたはブックがシードファイルの上限を超えています: {rule}"
        "取り込まずに，納品ごとのファイルを製造元に依頼してください"
    ArchiveMethod "TF-1322" FILE_CIPHER Invalid
        "{name} is packed or encrypted with {method}, which is not read here"
        "unpack it and import what is inside, or ask the vendor for a zip as Windows makes it, encrypted with AES if at all"
        "{name} の圧縮または暗号化の方式 {method} には対応していません"
        "展開して中のファイルを取り込むか，Windows 標準の形式（暗号化する場合は AES）の zip を製造元に依頼してください"
    ArchiveNoSeeds "TF-1323" ARCHIVE_PART Invalid
        "none of its {found} files is a seed file that is known here: {names}"
        "if one of them holds the tokens, name it, to see why it can't be read: --part NAME"
        "中の{found}個のファイルはいずれも対応しているシードファイルではありません: {names}"
        "トークンの一覧があれば --part で指定してください．読めない理由が分かります"
    CellFormula "TF-1324" IMPORT_ROW_INVALID Invalid
        "cell {cell} is worked out by a formula, so what it shows can't be trusted"
        "ask the vendor for CSV, or for a workbook whose cells are not worked out by formulas, and whose serials and secrets are text"
        "セル {cell} は数式の計算結果で，表示されている値を信頼できません"
        "製造元に CSV か，数式を使わず，シリアル番号とシードを文字列にしたブックを依頼してください"
    CellError "TF-1325" IMPORT_ROW_INVALID Invalid
        "cell {cell} shows an error instead of what it held"
        "ask the vendor for this row again"
        "セル {cell} がエラー表示になっており，元の値がありません"
        "この行を製造元に問い合わせてください"
    CellMerged "TF-1326" IMPORT_ROW_INVALID Invalid
        "cell {cell} is merged with others, so that which rows it is meant for can't be known"
        "undo the merging in a copy of the workbook, or ask the vendor for CSV"
        "セル {cell} が結合されており，どの行のものか分かりません"
        "ブックの写しで結合を解除するか，製造元に CSV を依頼してください"
    CellUnwritten "TF-1327" IMPORT_ROW_INVALID Invalid
        "cell {cell} holds a line end, a tab or more than 1,024 characters, which no serial and no secret has"
        "ask the vendor for CSV, or for this row again"
        "セル {cell} に改行かタブが含まれているか，1,024文字を超えています"
        "製造元に CSV を依頼するか，この行を問い合わせてください"
    FileKeyLength "TF-1328" FILE_KEY_WRONG Invalid
        "the key file holds {found} bytes, and {what} is encrypted with a key of {wanted}"
        "the file holds the key alone, as hex digits or as bytes; check that it is the one for this delivery, and whole"
        "鍵ファイルは{found}バイトですが，{what}の鍵は{wanted}バイトです"
        "鍵だけを16進またはそのままのバイト列で入れ，この納品のもので欠けがないか確かめてください"
    FileOptionUnused "TF-1329" FILE_OPTION_UNUSED Invalid
        "{option} was given, but this file is {format}, which has no {things}"
        "check that it is the file that was meant; if it is, leave out {option}"
        "{option} が指定されていますが，このファイルは {format} で，{things}がありません"
        "目的のファイルか確かめ，そうであれば {option} を外してください"
    SeedRepeats "TF-1330" IMPORT_ROW_INVALID Invalid
        "the secret key is one byte or a few over and over, so anybody could guess it"
        "this is a dummy, or it was damaged on its way; ask the vendor for the file again"
        "シードが同じバイトまたは短い並びの繰り返しで，容易に推測できます"
        "ダミーであるか，途中で壊れています．製造元にファイルを再送してもらってください"
    SeedInOrder "TF-1331" IMPORT_ROW_INVALID Invalid
        "the bytes of the secret key count up or down evenly, so anybody could guess it"
        "this is a dummy, not a token's; ask the vendor for the file again"
        "シードのバイトが一定の間隔で並んでおり，容易に推測できます"
        "ダミーであり実際のトークンのものではありません．製造元にファイルを再送してもらってください"
    DescribedOtherwise "TF-1332" SERIAL_EXISTS_DIFFERENT_DATA Exists
        "the serial number is known with the same secret key but another {field}"
        "check which file is right: --existing skip-identical keeps what is known, --existing update-metadata takes it from this file"
        "同じシリアル番号とシードが登録済みですが，{field} が違います"
        "どちらが正しいか確かめてください．登録済みのままにするなら --existing skip-identical，このファイルに合わせるなら --existing update-metadata を付けてください"
    DescribesTooMany "TF-1333" FILE_TOO_LARGE Invalid
        "the file describes more than {limit} tokens that are known otherwise than they are known"
        "split it, and import the parts one after the other"
        "登録済みの内容と違うトークンが{limit}本を超えています"
        "ファイルを分割し，順に取り込んでください"

    // TF-20xx: states.
    TokenAlreadyLent "TF-2001" TOKEN_ALREADY_LENT Precondition
        "{serial} is lent to {user}"
        "check the serial on the back of the token; if it is right, take it back first: tokenadm return {serial}"
        "{serial} は {user} に貸出中です"
        "裏面のシリアル番号を確かめてください．正しければ先に返却してください: tokenadm return {serial}"
    TokenWrongState "TF-2002" TOKEN_WRONG_STATE Precondition
        "{serial} is {state}: it can't be {action}"
        "what tokenadm can do with it now: {legal}"
        "{serial} は「{state}」のため，この操作（{action}）はできません"
        "今 tokenadm でできる操作: {legal}"
    TokenOnHold "TF-2003" TOKEN_ON_HOLD Precondition
        "{serial} is on hold ({hold})"
        "lend another token and tell the service owner; tokenadm show {serial} says why"
        "{serial} は保留中です（{hold}）"
        "別のトークンを貸し出し，管理者に知らせてください．理由: tokenadm show {serial}"
    TokenExpired "TF-2004" TOKEN_EXPIRED Precondition
        "{serial} has expired, says its vendor ({date})"
        "lend another token"
        "{serial} は製造元の定める期限（{date}）を過ぎています"
        "別のトークンを貸し出してください"
    SelfTarget "TF-2005" SELF_TARGET Denied
        "nobody lends to, unlocks or resyncs a token of their own ID"
        "ask a colleague to do it"
        "自分の共通IDのトークンを自分で貸し出し，解除，時刻補正することはできません"
        "同僚に頼んでください"
    EtagMismatch "TF-2006" ETAG_MISMATCH Aborted
        "{serial} was changed by somebody else meanwhile"
        "look at it again and repeat what is still right: tokenadm show {serial}"
        "{serial} は他の人によって変更されました"
        "内容を確かめてからやり直してください: tokenadm show {serial}"
    LotTouched "TF-2007" LOT_TOUCHED Precondition
        "lot {lot} can't be reverted: {count} of its tokens were already used, {serial} first"
        "a lot is reverted only while no token of it was touched"
        "ロット {lot} は取り消せません．{serial} など{count}本が使用済みです"
        "取り消せるのは，どのトークンも使われていない間だけです"
    LotWrongState "TF-2008" LOT_WRONG_STATE Precondition
        "lot {lot} is {state}: it can't be {action}"
        "see: tokenadm lot show {lot}"
        "ロット {lot} は「{state}」のため，この操作（{action}）はできません"
        "tokenadm lot show {lot} で確かめてください"
    TransactionConflict "TF-2009" TRANSACTION_CONFLICT Aborted
        "the same token was changed by others again and again"
        "try again"
        "同じトークンが繰り返し他から変更されました"
        "もう一度試してください"

    UserTokenLimit "TF-2010" USER_TOKEN_LIMIT Precondition
        "{user} holds {count} tokens already, as many as a person may"
        "take one back first: tokenadm show {user}"
        "{user} にはすでに上限の{count}本が貸出中です"
        "先に返却してください: tokenadm show {user}"
    LotTouchedElsewhere "TF-2011" LOT_TOUCHED Precondition
        "lot {lot} can't be reverted: some of its tokens were already used"
        "a lot is reverted only while no token of it was touched"
        "ロット {lot} は取り消せません．使用済みのトークンがあります"
        "取り消せるのは，どのトークンも使われていない間だけです"
    LastToken "TF-2012" LAST_TOKEN Precondition
        "{serial} is the only token {user} can sign in with"
        "lend another in its place: tokenadm replace {serial} <new-serial>; if they shall have none, say --leaves-none"
        "{serial} は {user} がサインインに使える唯一のトークンです"
        "代わりを貸し出してください: tokenadm replace {serial} <new-serial>．なくしてよければ --leaves-none を付けてください"
    SameUser "TF-2013" FIELD_INVALID Invalid
        "both IDs are the same"
        "name the ID that holds the tokens first, then the other one of the same person"
        "二つの共通IDが同じです"
        "トークンを持つ共通ID，同じ人のもう一つの共通IDの順に指定してください"
    EtagMissing "TF-2014" FIELD_INVALID Invalid
        "retiring is final: it takes the etag of the token as it was seen"
        "look at the token first and send its etag: tokenadm show {serial}"
        "廃棄は取り消せないため，確認したトークンの etag が必要です"
        "先にトークンを確認し，その etag を送ってください: tokenadm show {serial}"
    DueInPast "TF-2015" FIELD_INVALID Invalid
        "a loan can't end in the past"
        "give a day from today on; a loan without one lasts until the token is returned"
        "貸出期限に過去の日は指定できません"
        "今日以降の日を指定してください．指定しない貸出は，返却されるまで続きます"
    SerialTwice "TF-2016" SERIAL_TWICE Invalid
        "{serial} stands in an earlier row too"
        "a token is lent to one person: check both rows against the serials on the backs of the tokens"
        "{serial} は前の行にもあります"
        "一つのトークンを貸し出せるのは一人だけです．両方の行を，トークン裏面のシリアル番号と照らし合わせてください"
    BatchTooLarge "TF-2017" BATCH_TOO_LARGE Precondition
        "{count} loans at once are more than the {limit} that one operator may make in an hour"
        "split the list among several people or hours, or have the service owner raise loans_per_operator_per_hour"
        "一度に{count}件の貸出はできません．一人の担当者が1時間に貸し出せるのは{limit}件までです"
        "リストを複数の担当者や時間に分けるか，管理者に loans_per_operator_per_hour を上げてもらってください"
    LostReturnsLater "TF-2018" FIELD_INVALID Invalid
        "a token that is lost can't be handed in later"
        "say either that it is lost, or that it comes later"
        "紛失したトークンは，後で返却する扱いにはできません"
        "紛失か，後で返却するかのどちらかを指定してください"
    UserTokensChanged "TF-2019" ETAG_MISMATCH Aborted
        "the tokens of {user} were changed by somebody else meanwhile"
        "look at them again and repeat what is still right: tokenadm show {user}"
        "{user} のトークンは他の人によって変更されました"
        "内容を確かめてからやり直してください: tokenadm show {user}"
    TokenOfLotOnHold "TF-2020" TOKEN_ON_HOLD Precondition
        "{serial} is kept from use with its lot {lot}"
        "why, and what ends it: tokenadm lot show {lot}; lend another token meanwhile"
        "{serial} はロット {lot} とともに利用を止められています"
        "理由と解除の方法は tokenadm lot show {lot} で分かります．その間は別のトークンを貸し出してください"

    // TF-21xx: codes.
    CodeWrong "TF-2101" CODE_WRONG Precondition
        "the code is not one {serial} shows now"
        "check the serial on the back of the token, then try the next code; if that fails too: tokenadm resync {serial}"
        "{serial} の現在の確認コードではありません"
        "裏面のシリアル番号を確かめ，次のコードを試してください．それも違えば tokenadm resync {serial} で時刻補正してください"
    CodeReplayed "TF-2102" CODE_REPLAYED Precondition
        "this code of {serial} was already used"
        "wait for the next code: sign-in can ask twice, and each time wants a new one"
        "{serial} のこの確認コードは使用済みです"
        "次のコードを待ってください．サインインでは続けて2回求められることがあり，毎回新しいコードが必要です"
    TokenLockedOut "TF-2103" TOKEN_LOCKED_OUT Exhausted
        "too many wrong codes for {serial}; wait {seconds} s"
        "check the serial on the back of the token; tokenadm resync {serial} works meanwhile"
        "{serial} で誤った確認コードが続いています．{seconds}秒待ってください"
        "裏面のシリアル番号を確かめてください．tokenadm resync {serial} はその間も使えます"
    NoMatch "TF-2104" NO_MATCH Precondition
        "the two codes are not codes of {serial}"
        "check the serial on the back of the token; if it is right, try once more with two new codes; if that fails too, the token is faulty: lend another"
        "二つのコードは {serial} のものではありません"
        "裏面のシリアル番号を確かめてください．正しければ，新しい二つのコードでもう一度試してください．それでも違えば故障です．別のトークンを貸し出してください"
    SameCodeTwice "TF-2105" SAME_CODE_TWICE Precondition
        "the same code was given twice"
        "wait until the token shows the next code and pass both in the order shown"
        "同じコードが2回入力されました"
        "次のコードが表示されるまで待ち，表示順に二つ入力してください"
    Swapped "TF-2106" SWAPPED Precondition
        "the two codes are in reverse order"
        "pass them in the order shown: the older one first"
        "二つのコードの順序が逆です"
        "表示された順（古いほうが先）に入力してください"
    NotConsecutive "TF-2107" NOT_CONSECUTIVE Precondition
        "both codes belong to {serial} but are {gap} steps apart"
        "wait for the next code and pass two codes that follow each other"
        "二つのコードは {serial} のものですが，{gap}個離れています"
        "次のコードを待ち，続けて表示された二つを入力してください"
    AlreadyUsed "TF-2108" ALREADY_USED Precondition
        "the first of the two codes of {serial} is not newer than one that was already used"
        "wait for two new codes and pass them in the order shown"
        "{serial} の一つ目のコードは，すでに使われたコードより新しくありません"
        "新しいコードを二つ待ち，表示順に入力してください"
    ProfileMismatch "TF-2109" PROFILE_MISMATCH Precondition
        "the codes fit {serial} only with {reading}: the seed file was read wrong"
        "tell the seed officer which reading fits, and lend a token of another lot meanwhile"
        "コードは {reading} として読んだ場合にだけ {serial} と一致します．シードファイルの読み方が違っています"
        "合う読み方をシード担当者に知らせ，それまで別のロットのトークンを貸し出してください"
    OtherToken "TF-2110" OTHER_TOKEN Precondition
        "the codes are those of another token: {other}"
        "look at the serial on the back: the device in hand is {other}"
        "コードは別のトークン {other} のものです"
        "裏面のシリアル番号を見てください．手元のトークンは {other} です"
    Ambiguous "TF-2111" AMBIGUOUS Precondition
        "the two codes fit {serial} at several times"
        "pass a third code, the next one shown"
        "二つのコードが {serial} の複数の時刻に一致します"
        "次に表示される三つ目のコードも入力してください"
    ClockUntrusted "TF-2112" CLOCK_UNTRUSTED Unavailable
        "the server's clock is not trusted at present"
        "tell the operators: tokenadm status says what is wrong; nothing was judged"
        "サーバの時計が現在信頼できません"
        "運用担当者に知らせてください（tokenadm status）．判定は行っていません"
    ForRequired "TF-2113" FOR_REQUIRED Invalid
        "say whose token it is: at a counter, codes are looked at for the person who is there"
        "ask for the ID and add it: --for <user-id>; or give the ID in the place of the serial. Nothing was judged"
        "誰のトークンか指定してください．窓口では，来ている本人の確認コードだけを扱います"
        "共通IDを聞いて --for <user-id> を付けるか，シリアル番号の代わりに共通IDを入力してください．判定は行っていません"
    NotTheirs "TF-2114" NOT_THEIRS Precondition
        "{serial} is not the token of the person who was named"
        "compare the serial on the back of the token and the ID on the card; if both are right, the device is somebody else's: keep it, and ask the desk. Nothing was judged"
        "{serial} は指定された人のトークンではありません"
        "裏面のシリアル番号と，職員証・学生証の共通IDを確かめてください．どちらも正しければ別の人のトークンです．預かって，貸出の担当者に知らせてください．判定は行っていません"
    TheirsOfNobody "TF-2115" NOT_THEIRS Precondition
        "{serial} is lent to nobody"
        "compare the serial on the back of the token; one in stock is put in step by a desk, without naming a person. Nothing was judged"
        "{serial} は誰にも貸し出されていません"
        "裏面のシリアル番号を確かめてください．在庫のトークンの時刻補正は，貸出の担当者が共通IDを指定せずに行います．判定は行っていません"
    NoSeed "TF-2116" NO_SEED Precondition
        "no seed of {serial} is known here: its codes can't be checked"
        "import the vendor's seed file: tokenadm import FILE; a token that is lent keeps its loan"
        "{serial} のシードが未登録のため，確認コードを判定できません"
        "製造元のシードファイルを取り込んでください（tokenadm import FILE）．貸出中のトークンの貸出はそのまま残ります"
    ProofRequired "TF-2117" PROOF_REQUIRED Precondition
        "{serial} is lent only with a code that it shows: so it is set here"
        "read the code off the device that is handed over and add it: --code <code>; nothing was changed"
        "{serial} を貸し出すには，表示された確認コードが必要です（このサーバの設定）"
        "手渡すトークンの確認コードを --code <code> で指定してください．何も変更していません"
    ProofRequiredBack "TF-2118" PROOF_REQUIRED Precondition
        "{serial} is taken back only with a code that it shows: so it is set here"
        "read the code off the device that came back and add it: --code <code>; if it shows none: --reason faulty or battery. Nothing was changed"
        "{serial} の返却には，表示された確認コードが必要です（このサーバの設定）"
        "返却されたトークンの確認コードを --code <code> で指定してください．表示されない場合は --reason faulty か battery です．何も変更していません"

    // TF-22xx: the stock.
    LocationNameInvalid "TF-2201" FIELD_INVALID Invalid
        "a location is 1 to 32 of a-z, 0-9 and hyphen"
        "for example hongo or kashiwa-2; see: tokenadm location list"
        "保管場所は a-z，0-9，ハイフンの1文字から32文字です"
        "例: hongo，kashiwa-2．一覧: tokenadm location list"
    LocationNotFound "TF-2202" LOCATION_NOT_FOUND NotFound
        "no location {location}"
        "see: tokenadm location list; add one: tokenadm location add {location}"
        "保管場所 {location} はありません"
        "一覧: tokenadm location list．追加: tokenadm location add {location}"
    LocationExists "TF-2203" LOCATION_EXISTS Exists
        "there is already a location {location}"
        "see: tokenadm location list"
        "保管場所 {location} はすでにあります"
        "一覧: tokenadm location list"
    TransferNameInvalid "TF-2204" FIELD_INVALID Invalid
        "that is no name of a transfer"
        "a transfer is called like 2026-11-24-a; see: tokenadm transfers"
        "移送の名前ではありません"
        "移送は 2026-11-24-a のような名前です．一覧: tokenadm transfers"
    TransferNotFound "TF-2205" TRANSFER_NOT_FOUND NotFound
        "no transfer {transfer}"
        "see: tokenadm transfers"
        "移送 {transfer} はありません"
        "一覧: tokenadm transfers"
    TransferSize "TF-2206" FIELD_INVALID Invalid
        "a transfer has 1 to {limit} tokens"
        "send more than that in several transfers"
        "一度に移送できるのは1本から{limit}本です"
        "それより多いときは，何回かに分けてください"
    TransferComplete "TF-2207" TRANSFER_COMPLETE Precondition
        "nothing of transfer {transfer} is on its way any more"
        "see: tokenadm transfers {transfer}"
        "移送 {transfer} はすべて到着済みです"
        "内容: tokenadm transfers {transfer}"
    NotOnTransfer "TF-2208" NOT_ON_TRANSFER Precondition
        "{serial} is not on its way with transfer {transfer}"
        "put it aside; what is: tokenadm transfers {transfer}"
        "{serial} は移送 {transfer} で輸送中のトークンではありません"
        "分けて置いてください．移送の内容: tokenadm transfers {transfer}"
    TokenInTransit "TF-2209" TOKEN_IN_TRANSIT Precondition
        "{serial} is on its way with transfer {transfer}"
        "receive it first: tokenadm receive {transfer} {serial}"
        "{serial} は移送 {transfer} で輸送中です"
        "先に受け取りを記録してください: tokenadm receive {transfer} {serial}"
    TokenAlreadyThere "TF-2210" TOKEN_ALREADY_THERE Precondition
        "{serial} is kept in {location} already"
        "leave it out, or name another location"
        "{serial} はすでに {location} で保管しています"
        "除くか，別の保管場所を指定してください"
    StocktakeNameInvalid "TF-2211" FIELD_INVALID Invalid
        "that is no name of a stocktake"
        "a stocktake is called like 2026-11-24-a; see: tokenadm stocktake list"
        "棚卸しの名前ではありません"
        "棚卸しは 2026-11-24-a のような名前です．一覧: tokenadm stocktake list"
    StocktakeNotFound "TF-2212" STOCKTAKE_NOT_FOUND NotFound
        "no stocktake {stocktake}"
        "see: tokenadm stocktake list"
        "棚卸し {stocktake} はありません"
        "一覧: tokenadm stocktake list"
    StocktakeOpen "TF-2213" STOCKTAKE_OPEN Precondition
        "a stocktake of {location} goes on already: {stocktake}"
        "go on with it: tokenadm stocktake scan {stocktake}; or close it first: tokenadm stocktake close {stocktake}"
        "{location} では棚卸し {stocktake} が進行中です"
        "続けるか（tokenadm stocktake scan {stocktake}），先に終えてください（tokenadm stocktake close {stocktake}）"
    StocktakeClosed "TF-2214" STOCKTAKE_CLOSED Precondition
        "stocktake {stocktake} is closed"
        "what it found: tokenadm stocktake show {stocktake}; another: tokenadm stocktake start --location LOCATION"
        "棚卸し {stocktake} は終了しています"
        "結果: tokenadm stocktake show {stocktake}．新しい棚卸し: tokenadm stocktake start --location LOCATION"
    StocktakeGoesOn "TF-2215" STOCKTAKE_OPEN Precondition
        "stocktake {stocktake} goes on, and says nothing yet"
        "see how it would end: tokenadm stocktake close {stocktake} --dry-run"
        "棚卸し {stocktake} は進行中で，まだ結果がありません"
        "今終えた場合の結果: tokenadm stocktake close {stocktake} --dry-run"
    StocktakeUnfinished "TF-2216" STOCKTAKE_UNFINISHED Precondition
        "more than {limit} tokens are missing or surplus: this stocktake has hardly begun"
        "go on scanning: tokenadm stocktake scan {stocktake}"
        "不足と余分が{limit}本を超えています．棚卸しはまだ途中です"
        "スキャンを続けてください: tokenadm stocktake scan {stocktake}"
    StocktakeFull "TF-2217" STOCKTAKE_FULL Exhausted
        "a stocktake takes {limit} tokens"
        "close it, and count what is left as another location"
        "1回の棚卸しで数えられるのは{limit}本までです"
        "いったん終え，残りは別の保管場所として数えてください"
    TokenReserved "TF-2218" RESERVED Precondition
        "{serial} is kept for another person until {until} (Japan)"
        "take another (see: tokenadm stock), or set it free: tokenadm reservation cancel {serial}"
        "{serial} は {until}（日本時間）まで別の人に取り置かれています"
        "別のものを使うか（一覧: tokenadm stock），取り置きを取り消してください（tokenadm reservation cancel {serial}）"
    NotReserved "TF-2219" NOT_RESERVED Precondition
        "{serial} is kept for nobody"
        "see: tokenadm reservation list"
        "{serial} は取り置かれていません"
        "一覧: tokenadm reservation list"
    NothingFree "TF-2220" NOTHING_FREE Precondition
        "no token of model {model} is free in {location}"
        "see what there is: tokenadm stock --location {location}"
        "{location} に機種 {model} の空きはありません"
        "在庫: tokenadm stock --location {location}"
    ReservationUntil "TF-2221" FIELD_INVALID Invalid
        "a token is kept until a moment to come, at most {days} days ahead"
        "name an earlier or later day, or leave it out for 14 days"
        "取り置きの期限は，これから{days}日以内にしてください"
        "別の日を指定するか，省略してください（省略時は14日間です）"
    ModelNotFound "TF-2222" MODEL_NOT_FOUND NotFound
        "there is no token of model {model} by {vendor}"
        "see: tokenadm model list"
        "{vendor} の機種 {model} のトークンはありません"
        "一覧: tokenadm model list"
    ModelNumber "TF-2223" FIELD_INVALID Invalid
        "{field} is a number from {least} to {most}"
        "check the data sheet of the model"
        "{field} は{least}から{most}までの数です"
        "機種の仕様書を確かめてください"

    // TF-23xx: people, and the directory that knows them.
    PersonUnknown "TF-2301" PERSON_UNKNOWN NotFound
        "the directory does not know the ID {user}"
        "compare every digit with the card{near}"
        "共通ID {user} は名簿にありません"
        "職員証・学生証とすべての桁を見比べてください{near}"
    PersonNotSeen "TF-2302" PERSON_UNKNOWN NotFound
        "the directory has nobody with the ID {user} in your departments"
        "compare every digit with the card{near}; your departments: tokenadm whoami"
        "自分の担当部局の名簿に共通ID {user} はありません"
        "職員証・学生証とすべての桁を見比べてください{near}．自分の担当部局: tokenadm whoami"
    PersonEnded "TF-2303" PERSON_ENDED Precondition
        "the last day of {user} at the university was {day}"
        "where that is wrong, have the directory mended first; tokens still lent: tokenadm show {user} --user"
        "{user} の在籍は {day} で終わっています"
        "誤りであれば先に名簿を直してもらってください．貸出中のトークン: tokenadm show {user} --user"
    PersonGone "TF-2304" PERSON_ENDED Precondition
        "the directory has not had {user} since {day}"
        "where that is wrong, have the directory mended first; tokens still lent: tokenadm show {user} --user"
        "{user} は {day} から名簿にありません"
        "誤りであれば先に名簿を直してもらってください．貸出中のトークン: tokenadm show {user} --user"
    PersonMerged "TF-2305" PERSON_MERGED Precondition
        "{user} was merged into {into}"
        "use {into}; tokens still lent to the old ID go over with: tokenadm move {user} {into}"
        "{user} は {into} に統合されています"
        "{into} を使ってください．旧IDに貸出中のトークンは tokenadm move {user} {into} で移せます"
    RemovalsUnexpected "TF-2306" REMOVALS_UNEXPECTED Precondition
        "{gone} of the {people} people in the directory are missing from the file; nothing was changed"
        "is the file whole? If they have really left: --expect-removals {gone}"
        "名簿の{people}人のうち{gone}人がファイルにありません．何も変更していません"
        "ファイルは途中で切れていませんか．本当に離籍したのなら --expect-removals {gone} を付けてください"
    DirectoryScope "TF-2307" OUT_OF_SCOPE Denied
        "the directory is everybody's; it is imported by somebody who acts for all departments"
        "ask a colleague who does; your departments: tokenadm whoami"
        "名簿は全部局のものなので，取り込めるのは全部局の担当者だけです"
        "全部局の担当者に頼んでください．自分の担当部局: tokenadm whoami"
    DirectoryColumnMissing "TF-2308" FILE_HEADER Invalid
        "no column of the list is headed {column}"
        "the first row names the columns: user_id, name, kana, latin, department, kind, until, merged_into, other_id; the first two are needed"
        "名簿に「{column}」の列がありません"
        "1行目は見出しです: 共通ID，氏名，氏名カナ，氏名英字，部局，区分，最終日，統合先，別の共通ID（初めの二つは必須です）"
    DirectoryColumnTwice "TF-2309" FILE_HEADER Invalid
        "two columns of the list are headed {column}"
        "take one of them out, or give it another heading"
        "名簿に「{column}」の列が二つあります"
        "一つを削るか，見出しを変えてください"
    DirectoryEmpty "TF-2310" FILE_EMPTY Invalid
        "there is nobody in this file"
        "export the list again"
        "このファイルには誰も載っていません"
        "名簿を出力し直してください"
    DirectoryTooLarge "TF-2311" FILE_TOO_LARGE Invalid
        "the file is larger than a directory may be ({limit})"
        "is it the right file?"
        "名簿の上限（{limit}）を超えています"
        "ファイルが正しいか確かめてください"
    DirectoryEncoding "TF-2312" FILE_ENCODING Invalid
        "the text is neither UTF-8 nor surely Shift_JIS"
        "export the list as UTF-8 (in a spreadsheet: \"CSV UTF-8\")"
        "UTF-8 ではなく，Shift_JIS とも決められません"
        "UTF-8 で出力し直してください（表計算ソフトでは「CSV UTF-8」）"
    DirectoryText "TF-2313" DIRECTORY_ROW_INVALID Invalid
        "the text has more than {limit} characters, or characters that can't be shown"
        "look for a missing quote in this row"
        "{limit}文字を超えているか，表示できない文字があります"
        "引用符が欠けていないか確かめてください"
    DirectoryNameMissing "TF-2314" DIRECTORY_ROW_INVALID Invalid
        "the name is missing"
        "everybody in the list has a name; mend it where the list comes from"
        "氏名がありません"
        "名簿には全員の氏名が必要です．出力元で直してください"
    DirectoryKind "TF-2315" DIRECTORY_ROW_INVALID Invalid
        "it is none of faculty, staff, student, other"
        "write one of these, or leave it empty for other"
        "教員，職員，学生，その他 のいずれでもありません"
        "いずれかを書いてください．空欄は「その他」です"
    DirectoryDay "TF-2316" DIRECTORY_ROW_INVALID Invalid
        "it is no day"
        "write it as 2027-03-31; where a spreadsheet shows a number, format the column as text"
        "日付として読めません"
        "2027-03-31 のように書いてください．数値になっている場合は列の書式を文字列にしてください"
    DirectoryOwnId "TF-2317" DIRECTORY_ROW_INVALID Invalid
        "it is the person's own ID"
        "write the other ID, or leave it empty"
        "本人の共通IDと同じです"
        "もう一つの共通IDを書くか，空欄にしてください"
    DirectoryRepeated "TF-2318" DIRECTORY_ROW_INVALID Invalid
        "line {other} has the same ID"
        "keep the right one of the two rows"
        "{other}行目と同じ共通IDです"
        "二つの行のうち正しい方だけを残してください"
    DirectoryMergedNowhere "TF-2319" DIRECTORY_ROW_INVALID Invalid
        "it was merged into {into}, which is not in the list"
        "the ID that somebody goes on with must be in the list too"
        "統合先の {into} が名簿にありません"
        "統合先の共通IDも名簿に必要です"
    DirectoryRowsRefused "TF-2320" DIRECTORY_ROW_INVALID Invalid
        "{refused} of {rows} rows can't be imported; nothing was changed"
        "mend them where the list comes from, and import it again"
        "{rows}行のうち{refused}行が取り込めません．何も変更していません"
        "出力元で直し，もう一度取り込んでください"
    DirectoryTooMany "TF-2321" FIELD_INVALID Invalid
        "at most {limit} people are asked for at once"
        "ask in several parts"
        "一度に問い合わせられるのは{limit}人までです"
        "何回かに分けてください"
    LdapNotSet "TF-2322" LDAP_NOT_SET Precondition
        "this server reads no LDAP directory"
        "name one in [directory.ldap] of tokenfleetd.toml, or import a list: tokenadm directory import"
        "このサーバには LDAP の名簿が設定されていません"
        "tokenfleetd.toml の [directory.ldap] に設定するか，一覧を取り込んでください: tokenadm directory import"
    DirectoryFromLdap "TF-2323" DIRECTORY_FROM_LDAP Precondition
        "the directory is read from {source}; the next refresh would undo what a list changed"
        "to read it now: tokenadm directory refresh; to import lists again, take [directory.ldap] out of tokenfleetd.toml"
        "名簿は {source} から読んでいます．一覧を取り込んでも次の更新で元に戻ります"
        "今すぐ読むには tokenadm directory refresh．一覧の取り込みに戻すには tokenfleetd.toml から [directory.ldap] を外してください"
    LdapUnreachable "TF-2324" LDAP_UNREACHABLE Unavailable
        "the LDAP server {source} can't be reached, or broke off: {cause}"
        "does it run, and are host and port in [directory.ldap] right? The directory stays as it was and is read again in time"
        "LDAP サーバ {source} に接続できないか，途中で切れました: {cause}"
        "サーバの状態と，[directory.ldap] のホスト名・ポートを確かめてください．名簿は以前のままで，時間をおいて読み直します"
    LdapUntrusted "TF-2325" LDAP_UNTRUSTED Precondition
        "the certificate of the LDAP server {source} is not trusted: {cause}"
        "do ca and the host in [directory.ldap] belong to that server? No password was sent"
        "LDAP サーバ {source} の証明書を信頼できません: {cause}"
        "[directory.ldap] の ca とホスト名がそのサーバのものか確かめてください．パスワードは送っていません"
    LdapBindRefused "TF-2326" LDAP_BIND_REFUSED Precondition
        "the LDAP server {source} refuses the name or the password of this service"
        "look at bind_dn and password_file in [directory.ldap]; the service reads them when it starts"
        "LDAP サーバ {source} がこのサービスの名前かパスワードを受け付けません"
        "[directory.ldap] の bind_dn と password_file を確かめてください．サービスの起動時に読み込まれます"
    LdapRefused "TF-2327" LDAP_REFUSED Precondition
        "the LDAP server {source} does not let itself be read (result code {result})"
        "look at [directory.ldap]; codes met most: 32 no such base, 50 no right, 3, 4 or 11 a limit, 10 a part lies elsewhere"
        "LDAP サーバ {source} から読み出せません（結果コード {result}）"
        "[directory.ldap] を確かめてください．主なコード: 32 base がない，50 権限がない，3・4・11 上限，10 一部が別のサーバにある"
    LdapEmpty "TF-2328" LDAP_EMPTY Precondition
        "nobody was found in {source}"
        "look at base and filter in [directory.ldap], and at what bind_dn may read"
        "{source} には誰も見つかりません"
        "[directory.ldap] の base と filter，bind_dn の権限を確かめてください"
    LdapAttributeMissing "TF-2329" LDAP_ATTRIBUTE_MISSING Precondition
        "nobody in {source} has {attribute} ({column})"
        "is it spelt so, and may bind_dn read it? What nobody has is left out of [directory.ldap.attributes]"
        "{source} には属性 {attribute}（{column}）のある人がいません"
        "綴りと bind_dn の権限を確かめてください．誰にもない属性は [directory.ldap.attributes] に書きません"
    LdapValues "TF-2330" DIRECTORY_ROW_INVALID Invalid
        "{attribute} has several values"
        "have it mended there, or name an attribute with one value in [directory.ldap.attributes]"
        "{attribute} に複数の値があります"
        "LDAP 側で直すか，値が一つの属性を [directory.ldap.attributes] に指定してください"
    LdapRepeated "TF-2331" DIRECTORY_ROW_INVALID Invalid
        "{other} has the same ID"
        "keep the right one of the two entries, or narrow the filter"
        "{other} と同じ共通IDです"
        "二つのエントリのうち正しい方だけを残すか，filter を絞ってください"
    LdapEntriesRefused "TF-2332" DIRECTORY_ROW_INVALID Invalid
        "{refused} of {rows} entries can't be taken over; nothing was changed"
        "see which: tokenadm directory refresh --dry-run; have them mended there, or narrow the filter"
        "{rows}件のうち{refused}件のエントリを取り込めません．何も変更していません"
        "該当するものは tokenadm directory refresh --dry-run で分かります．LDAP 側で直すか，filter を絞ってください"
    LdapRemovals "TF-2333" REMOVALS_UNEXPECTED Precondition
        "{gone} of the {people} people in the directory are missing from {source}; nothing was changed"
        "do base, filter and the rights of bind_dn still fit? If they have really left: tokenadm directory refresh --expect-removals {gone}"
        "名簿の{people}人のうち{gone}人が {source} にありません．何も変更していません"
        "base，filter，bind_dn の権限を確かめてください．本当に離籍したのなら tokenadm directory refresh --expect-removals {gone}"
    LdapTooLarge "TF-2334" LDAP_TOO_LARGE Precondition
        "{source} has more people than a directory may have ({limit})"
        "narrow base or filter in [directory.ldap]"
        "{source} の人数が名簿の上限（{limit}）を超えています"
        "[directory.ldap] の base か filter を絞ってください"

    // TF-27xx: campaigns.
    CampaignNameInvalid "TF-2701" FIELD_INVALID Invalid
        "the name of a campaign is 1 to 40 of a-z, 0-9 and hyphen"
        "for example battery-2027; see: tokenadm campaign list"
        "キャンペーン名は a-z，0-9，ハイフンの1文字から40文字です"
        "例: battery-2027．一覧: tokenadm campaign list"
    CampaignNotFound "TF-2702" CAMPAIGN_NOT_FOUND NotFound
        "no campaign {campaign}"
        "see: tokenadm campaign list"
        "キャンペーン {campaign} はありません"
        "一覧: tokenadm campaign list"
    CampaignExists "TF-2703" CAMPAIGN_EXISTS Exists
        "there is already a campaign {campaign}"
        "a name is never used again; take another, for example with the year in it"
        "キャンペーン {campaign} はすでにあります"
        "一度使った名前は再利用できません．年を入れるなど別の名前にしてください"
    CampaignFilterEmpty "TF-2704" FILTER_SYNTAX Invalid
        "a campaign needs a filter that says which tokens are meant"
        "for example lot = \"2026-11-24-a\"; all that are lent: custody = LENT; try it first: tokenadm list --filter"
        "対象のトークンを決めるフィルタが必要です"
        "例: lot = \"2026-11-24-a\"．貸出中のすべて: custody = LENT．先に tokenadm list --filter で確かめられます"
    CampaignEmpty "TF-2705" CAMPAIGN_EMPTY Precondition
        "the filter takes no token"
        "try it first: tokenadm list --filter"
        "フィルタに合うトークンがありません"
        "先に tokenadm list --filter で確かめてください"
    CampaignTooLarge "TF-2706" CAMPAIGN_TOO_LARGE Precondition
        "the filter takes more than {most} tokens"
        "make several campaigns, for example one a lot or a department"
        "フィルタに合うトークンが {most} 個を超えています"
        "ロットや部局ごとなど，複数のキャンペーンに分けてください"
    CampaignDuePast "TF-2707" FIELD_INVALID Invalid
        "the deadline of a campaign lies ahead"
        "give a day from today on"
        "キャンペーンの期限には今後の日時を指定します"
        "今日以降の日を指定してください"
    CampaignClosed "TF-2708" CAMPAIGN_CLOSED Precondition
        "the campaign {campaign} has ended"
        "make a new one for what is left: tokenadm campaign create"
        "キャンペーン {campaign} は終了しています"
        "残りについては新しく作成してください: tokenadm campaign create"
    CampaignNotDue "TF-2709" CAMPAIGN_NOT_DUE Precondition
        "codes of {campaign} are not stopped before its deadline, {day}"
        "people were told that day; to stop a single token now: tokenadm suspend"
        "キャンペーン {campaign} の期限（{day}）より前に確認コードは止められません"
        "利用者に知らせた期限です．一つだけ今すぐ止めるには tokenadm suspend を使ってください"
    CampaignNotOnList "TF-2710" CAMPAIGN_NOT_ON_LIST Precondition
        "{serial} is not among what is left of {campaign}"
        "see: tokenadm campaign tokens {campaign} --open"
        "{serial} はキャンペーン {campaign} の未対応のトークンではありません"
        "一覧: tokenadm campaign tokens {campaign} --open"
    CampaignNotYours "TF-2711" OUT_OF_SCOPE Denied
        "{campaign} was made by an operator of all departments"
        "it concerns other departments too; ask whoever made it"
        "キャンペーン {campaign} は全部局の担当者が作成しました"
        "他の部局も対象です．作成した担当者に依頼してください"
    CampaignChanged "TF-2712" ETAG_MISMATCH Aborted
        "{campaign} was changed since you looked at it"
        "look at it again: tokenadm campaign show {campaign}"
        "キャンペーン {campaign} は確認後に変更されました"
        "もう一度確認してください: tokenadm campaign show {campaign}"

    // TF-28xx: adopting a fleet that somebody else kept.
    AdoptRoles "TF-2801" ROLE_MISSING Denied
        "{operator} may not do this; it takes both roles, stock and desk: tokens are recorded and loans are written"
        "ask somebody who has both; your roles: tokenadm whoami"
        "{operator} にはこの操作の権限がありません．トークンと貸出の両方を記録するため，stock と desk の両方の役割が必要です"
        "両方の役割を持つ担当者に頼んでください．自分の役割: tokenadm whoami"
    AdoptScope "TF-2802" OUT_OF_SCOPE Denied
        "a list of loans is adopted by somebody who acts for all departments"
        "ask a colleague who does; your departments: tokenadm whoami"
        "貸出一覧を引き継げるのは，全部局の担当者だけです"
        "全部局の担当者に頼んでください．自分の担当部局: tokenadm whoami"
    AdoptSecrets "TF-2803" FILE_HOLDS_SECRETS Invalid
        "line {line} holds a secret key: a list of loans has none"
        "a seed file comes in with tokenadm import; then take the column of secret keys out and adopt the list"
        "{line}行目にシードがあります．貸出一覧にシードは含めません"
        "シードファイルは tokenadm import で取り込み，シードの列を除いた一覧を引き継いでください"
    AdoptColumnMissing "TF-2804" FILE_HEADER Invalid
        "no line names a column for the {field}"
        "the first row names the columns, as in: serial number,user id,since,note; of another system's list: see --format"
        "{field} の列の見出しがありません"
        "1行目に シリアル番号,共通ID,貸出日,備考 のような見出しを付けてください．他のシステムの一覧は --format を参照してください"
    AdoptDate "TF-2805" ADOPT_ROW_INVALID Invalid
        "the {field} can't be read as a day"
        "write it as 2024-04-01; 04/01/2024 may be April or January"
        "{field} を日付として読めません"
        "2024-04-01 の形で書いてください．04/01/2024 は4月1日とも1月4日とも読めます"
    AdoptDateNumber "TF-2806" ADOPT_ROW_INVALID Invalid
        "the {field} is a spreadsheet's number of a day"
        "give the column a date format in the spreadsheet and export it again; which day it is depends on the spreadsheet"
        "{field} が表計算ソフトの日付の通し番号になっています"
        "表計算ソフトで列を日付の表示形式にして，書き出し直してください．通し番号だけでは日付が決まりません"
    AdoptDatesReversed "TF-2807" ADOPT_ROW_INVALID Invalid
        "it came back before it was lent"
        "look both days up"
        "返却日が貸出日より前です"
        "両方の日付を確かめてください"
    AdoptSinceMissing "TF-2808" ADOPT_ROW_INVALID Invalid
        "it came back, but the row does not say since when it was lent"
        "write the day, or take the row out: a loan that is over needs both days"
        "返却日はありますが，貸出日がありません"
        "貸出日を書くか，行を除いてください．終わった貸出には両方の日付が必要です"
    AdoptDateFuture "TF-2809" ADOPT_ROW_INVALID Invalid
        "a day of this loan lies ahead"
        "look the day up; when it is due stands in a column of its own: due"
        "この貸出の日付が未来です"
        "日付を確かめてください．返却期限は別の列（返却期限）に書きます"
    AdoptUserMissing "TF-2810" ADOPT_ROW_INVALID Invalid
        "the row has days of a loan, but nobody who has it"
        "write the ID, or take the days out: then it is recorded as in stock"
        "貸出の日付がありますが，借りている人の共通IDがありません"
        "共通IDを書いてください．日付を除けば在庫として記録します"
    AdoptHeldTwice "TF-2811" ADOPT_ROW_CONFLICT Invalid
        "line {other} gives the same token to somebody else at the same time"
        "look at the token, or ask both people; then keep one of the two rows"
        "{other}行目でも，同じトークンが同時に別の人に貸し出されています"
        "トークンを見るか両方に問い合わせて，どちらかの行だけを残してください"
    AdoptOverlap "TF-2812" ADOPT_ROW_CONFLICT Invalid
        "the loan overlaps that of line {other}, of the same token"
        "a token is with one person at a time: mend the days of one of the two rows"
        "同じトークンの{other}行目の貸出と期間が重なっています"
        "一つのトークンは同時に一人だけに貸し出せます．どちらかの日付を直してください"
    AdoptLedgerOverlap "TF-2813" ADOPT_ROW_CONFLICT Invalid
        "the loan overlaps one that is on record here, of {user}"
        "see: tokenadm loans SERIAL; mend the days of the row, or take it out"
        "ここに記録されている {user} の貸出と期間が重なっています"
        "確認: tokenadm loans SERIAL．行の日付を直すか，行を除いてください"
    AdoptLentElsewhere "TF-2814" ADOPT_ROW_CONFLICT Invalid
        "{serial} is lent to {user} here"
        "find out who has it; if the file is right: tokenadm return {serial}, then adopt again"
        "{serial} はここでは {user} に貸出中です"
        "誰が持っているか確かめてください．ファイルが正しければ tokenadm return {serial} の後に引き継ぎ直してください"
    AdoptMakersDiffer "TF-2815" ADOPT_ROW_CONFLICT Invalid
        "line {other} names another manufacturer for the same serial number"
        "look at the token; where there really are two, adopt them from two files with --vendor"
        "同じシリアル番号の製造元が{other}行目と違います"
        "トークンを確かめてください．実際に二つあるときは --vendor を付けて別々のファイルから引き継いでください"
    AdoptRowsRefused "TF-2816" ADOPT_ROW_INVALID Invalid
        "{refused} of {rows} rows can't be adopted; nothing was changed"
        "mend them, or adopt the others with --keep-going"
        "{rows}行のうち{refused}行が引き継げません．何も変更していません"
        "直すか，--keep-going で残りだけ引き継いでください"
    AdoptTooManyRows "TF-2817" FILE_TOO_LARGE Invalid
        "the list has more than {limit} rows"
        "split it, for example by department, and keep all rows of a serial in one part"
        "行数が{limit}を超えています"
        "部局ごとなどに分割してください．同じシリアル番号の行は同じファイルに入れてください"
    AdoptEmpty "TF-2818" FILE_EMPTY Invalid
        "there is nothing to adopt in this file"
        "export the list again"
        "このファイルには引き継げるものがありません"
        "一覧を書き出し直してください"
    CompletesTooMany "TF-2819" FILE_TOO_LARGE Invalid
        "the file brings the seeds of more than {limit} tokens that were recorded without"
        "split it; every part becomes a lot of its own"
        "シードなしで記録した{limit}本を超えるトークンのシードが含まれています"
        "分割してください．それぞれが一つのロットになります"

    // TF-29xx: lots.
    NotOfLot "TF-2901" NOT_OF_LOT Precondition
        "{serial} is not a token of lot {lot}"
        "tokenadm show {serial} says of which lot it is"
        "{serial} はロット {lot} のトークンではありません"
        "どのロットのものかは tokenadm show {serial} で分かります"
    ProofNone "TF-2902" NO_MATCH Precondition
        "the code of {serial} fits no way in which lot {lot} can be read"
        "check the serial on the back of the token; if it is right, its clock may be far off, and two codes that follow each other find it: tokenadm lot prove {lot} {serial} <code> <next-code>. Nothing was changed"
        "{serial} のコードは，ロット {lot} のどの読み方にも一致しません"
        "裏面のシリアル番号を確かめてください．正しければ時計が大きくずれているのかもしれません．続けて表示された二つのコードで試してください: tokenadm lot prove {lot} {serial} <code> <next-code>．何も変更していません"
    ProofAmbiguous "TF-2903" AMBIGUOUS Precondition
        "the code of {serial} fits several ways in which lot {lot} can be read"
        "wait for the next code and pass both in the order shown: tokenadm lot prove {lot} {serial} <code> <next-code>. Nothing was changed"
        "{serial} のコードは，ロット {lot} の複数の読み方に一致します"
        "次のコードを待ち，表示順に二つ入力してください: tokenadm lot prove {lot} {serial} <code> <next-code>．何も変更していません"
    LotReadingInUse "TF-2904" LOT_TOUCHED Precondition
        "the codes of {serial} fit only if lot {lot} is read otherwise ({reading}), and tokens of the lot are in use already"
        "keep the rest of the lot from use (tokenadm lot quarantine {lot}) and prove it with a second token; nothing was changed"
        "{serial} のコードは，ロット {lot} を別の読み方（{reading}）にした場合にだけ一致しますが，このロットのトークンはすでに使われています"
        "残りのトークンの利用を止め（tokenadm lot quarantine {lot}），別のトークンでも確かめてください．何も変更していません"
    LotReadingClash "TF-2905" SEED_EXISTS_OTHER_SERIAL Precondition
        "the codes of {serial} fit only if lot {lot} is read otherwise ({reading}), but then its tokens {serials} have secrets that can't be: those of other tokens, or none"
        "lot {lot} stays as it is; ask the vendor for the file once more, and take the lot out: tokenadm lot revert {lot}"
        "{serial} のコードは，ロット {lot} を別の読み方（{reading}）にした場合にだけ一致しますが，そうすると {serials} のシードが他のトークンと重なるか，読めなくなります"
        "ロット {lot} はそのままです．製造元にファイルを再送してもらい，ロットを取り消してください: tokenadm lot revert {lot}"
    LotBeingReread "TF-2906" LOT_BUSY Aborted
        "lot {lot} is being read anew at this moment"
        "try again in a minute: tokenadm lot show {lot} says when it is done"
        "ロット {lot} を読み直している最中です"
        "1分ほど待ってからもう一度試してください．終わったかどうかは tokenadm lot show {lot} で分かります"
    LotUnproven "TF-2907" LOT_UNPROVEN Precondition
        "it is not known yet how lot {lot} is to be read, so it can be neither opened nor recalled as it is"
        "with one of its tokens in hand: tokenadm lot prove {lot} <serial> <code>"
        "ロット {lot} の読み方がまだ決まっていないため，開くことも回収することもできません"
        "手元のトークンで確かめてください: tokenadm lot prove {lot} <serial> <code>"
    LotScope "TF-2908" OUT_OF_SCOPE Denied
        "a lot has tokens of all departments"
        "ask an operator who acts for all departments"
        "ロットには全部局のトークンがあります"
        "全部局の担当者に依頼してください"
    LotStopMany "TF-2909" FIELD_INVALID Invalid
        "at most {limit} tokens are named at once"
        "name them in several parts, or stop the codes of all: tokenadm lot recall <lot> --stop-all"
        "一度に指定できるトークンは{limit}本までです"
        "何回かに分けるか，すべてのコードを止めてください: tokenadm lot recall <lot> --stop-all"
    DeliveryNotFound "TF-2910" DELIVERY_NOT_FOUND NotFound
        "nobody wrote down what the box of lot {lot} held"
        "see: tokenadm lot list --expected; to write it down: tokenadm lot expect {lot}"
        "ロット {lot} の納品内容は登録されていません"
        "確認: tokenadm lot list --expected．登録: tokenadm lot expect {lot}"
    DeliveryEnded "TF-2911" DELIVERY_ENDED Precondition
        "the delivery of lot {lot} is {state} and can't be changed any more"
        "see: tokenadm lot show {lot}"
        "ロット {lot} の納品は「{state}」のため，もう変更できません"
        "tokenadm lot show {lot} で確かめてください"
    DeliveryChanged "TF-2912" ETAG_MISMATCH Aborted
        "what the box of lot {lot} held was changed by somebody else meanwhile"
        "look at it again and repeat what is still right: tokenadm lot show {lot}"
        "ロット {lot} の納品内容は他の人によって変更されました"
        "内容を確かめてからやり直してください: tokenadm lot show {lot}"
    DeliveryContents "TF-2913" FIELD_INVALID Invalid
        "say what the box held: either how many tokens or which serials"
        "scan the serials, one a line, or give a count of at least 1"
        "納品内容として，本数かシリアル番号のどちらか一方を指定してください"
        "シリアル番号を1行に1つずつ読み取るか，1以上の本数を指定してください"
    DeliveryTooMany "TF-2914" FIELD_INVALID Invalid
        "at most {limit} serials are held against one file"
        "give the count, or write the boxes down one by one, a lot each"
        "一度に照合できるシリアル番号は{limit}件までです"
        "本数を指定するか，箱ごとに別のロットとして登録してください"
    DeliveryModelUnknown "TF-2915" MODEL_NOT_FOUND NotFound
        "no token of model {model} by {vendor} has come before"
        "check how both are written: tokenadm model list; if it is the first delivery of the model, add --new-model"
        "{vendor} の機種 {model} はこれまでに登録されていません"
        "書き方を確かめてください（一覧: tokenadm model list）．初めて納品された機種であれば --new-model を付けてください"
    DeliveryDiffers "TF-2916" DELIVERY_DIFFERS Precondition
        "the file is not what the box of lot {lot} held: {missing} missing, {surplus} surplus, {others} of another vendor or model; nothing was changed"
        "count the box again or ask the vendor; if it is right so: --accept-difference"
        "ファイルがロット {lot} の納品内容と一致しません（不足{missing}本，余分{surplus}本，製造元や機種の違い{others}本）．何も変更していません"
        "箱を数え直すか，製造元に問い合わせてください．このままでよければ --accept-difference を付けてください"
    LotHasFile "TF-2917" LOT_EXISTS Exists
        "a seed file was imported as lot {lot} before"
        "see: tokenadm lot show {lot}; another box is another lot: tokenadm lot expect"
        "ロット {lot} としてシードファイルが取り込まれたことがあります"
        "確認: tokenadm lot show {lot}．別の箱は別のロットとして登録してください: tokenadm lot expect"
    SourceNotOfLot "TF-2918" FILE_NOT_OF_LOT Precondition
        "no import of lot {lot} read the file {sha256}"
        "that lot came from the file {source}, whose SHA-256 is shown by: tokenadm lot show {lot}"
        "ロット {lot} の取り込みで，ファイル {sha256} は読み込まれていません"
        "このロットの元のファイルは {source} です．SHA-256 は tokenadm lot show {lot} で確かめてください"
    SourceGone "TF-2919" SOURCE_DESTROYED Exists
        "{operator} confirmed already that the seed file of lot {lot} was destroyed"
        "see: tokenadm lot show {lot}"
        "ロット {lot} のシードファイルの廃棄は，{operator} がすでに確認しています"
        "確認: tokenadm lot show {lot}"
    SourceNone "TF-2920" LOT_WRONG_STATE Precondition
        "lot {lot} came from a list of loans: it has no seed file"
        "see: tokenadm lot show {lot}"
        "ロット {lot} は貸出一覧から引き継いだもので，シードファイルはありません"
        "確認: tokenadm lot show {lot}"
    DestroyedWhen "TF-2921" FIELD_INVALID Invalid
        "the seed file of lot {lot} can't have been destroyed before it was imported, or later than now"
        "give the day when it was destroyed, in Japan, such as 2026-11-24"
        "ロット {lot} のシードファイルが，取り込みより前や未来に廃棄されたことにはできません"
        "廃棄した日（日本時間）を 2026-11-24 の形で指定してください"
    DigestInvalid "TF-2922" FIELD_INVALID Invalid
        "that is no SHA-256 of a file"
        "it has 64 hex digits; tokenadm lot show <lot> shows it, and --file computes it"
        "ファイルの SHA-256 ではありません"
        "64桁の16進数です．tokenadm lot show <lot> で表示され，--file を使えば計算されます"
    DeliveryNoFile "TF-2923" DELIVERY_NO_FILE Precondition
        "the seed file of lot {lot} is not there, so there is nothing to compare"
        "import it under its lot: tokenadm import FILE --lot {lot}"
        "ロット {lot} のシードファイルがないため，照合できません"
        "このロットを指定して取り込んでください: tokenadm import FILE --lot {lot}"
    LotQuarantined "TF-2924" LOT_WRONG_STATE Precondition
        "lot {lot} is quarantined, so none of its codes counts; a recall would let those of the people count again"
        "who holds its tokens: tokenadm list --filter 'lot = \"{lot}\" AND custody = LENT'; to recall it all the same, open it first: tokenadm lot open {lot}"
        "ロット {lot} は隔離中で，どのコードも使えません．回収にすると，利用者のコードが再び使えるようになります"
        "持っている人は tokenadm list --filter 'lot = \"{lot}\" AND custody = LENT' で分かります．それでも回収するには，先に開いてください: tokenadm lot open {lot}"

    // TF-30xx: who may.
    CertificateUnknown "TF-3001" CERTIFICATE_UNKNOWN Unauthenticated
        "the certificate names nobody who may sign in here"
        "ask an admin: tokenadm operator list shows who may; who was revoked comes back under a new name"
        "この証明書の担当者は登録されていないか，失効しています"
        "管理者に問い合わせてください（tokenadm operator list）．失効した担当者は新しい名前で登録し直します"
    RoleMissing "TF-3002" ROLE_MISSING Denied
        "{operator} may not do this; it takes one of the roles: {needed}"
        "ask somebody who has it; your roles: tokenadm whoami"
        "{operator} にはこの操作の権限がありません．次のいずれかの役割が必要です: {needed}"
        "その役割の担当者に頼んでください．自分の役割: tokenadm whoami"
    LastAdmin "TF-3003" LAST_ADMIN Precondition
        "{operator} is the last admin for all departments and can't be revoked"
        "add another admin first: tokenadm operator add NAME --role admin --out DIR"
        "{operator} は全部局を受け持つ最後の管理者のため，失効できません"
        "先に別の管理者を追加してください: tokenadm operator add NAME --role admin --out DIR"
    OperatorExists "TF-3004" OPERATOR_EXISTS Exists
        "there is already an operator {operator}"
        "choose another name; a name is never used again, since the record knows people by it"
        "担当者 {operator} はすでに存在します"
        "別の名前にしてください．記録に残るため，名前は再利用されません"
    CertificateExpired "TF-3005" CERTIFICATE_EXPIRED Unauthenticated
        "the certificate has expired"
        "ask an admin for a new one: tokenadm operator issue-cert NAME --out DIR"
        "証明書の期限が切れています"
        "管理者に新しい証明書を依頼してください: tokenadm operator issue-cert NAME --out DIR"

    DepartmentNotYours "TF-3006" OUT_OF_SCOPE Denied
        "you lend for your own departments only"
        "name one of them with --department; see: tokenadm whoami"
        "自分の担当部局の貸出だけができます"
        "--department で担当部局を指定してください．確認: tokenadm whoami"
    LastAdminStays "TF-3007" LAST_ADMIN Precondition
        "{operator} is the last admin for all departments and stays so"
        "make another admin first: tokenadm operator set NAME --role admin"
        "{operator} は全部局を受け持つ最後の管理者のため，役割や部局を変更できません"
        "先に別の管理者を決めてください: tokenadm operator set NAME --role admin"
    OperatorRevoked "TF-3008" OPERATOR_REVOKED Precondition
        "operator {operator} is revoked, and stays so"
        "add the person under a new name: tokenadm operator add NAME --role ROLE --out DIR"
        "担当者 {operator} は失効しており，元に戻せません"
        "新しい名前で追加してください: tokenadm operator add NAME --role ROLE --out DIR"
    OperatorChanged "TF-3009" ETAG_MISMATCH Aborted
        "operator {operator} was changed by somebody else meanwhile"
        "look again and repeat what is still right: tokenadm operator list"
        "担当者 {operator} は他の人によって変更されました"
        "内容を確かめてからやり直してください: tokenadm operator list"
    GivesTooMuch "TF-3010" OUT_OF_SCOPE Denied
        "you can't give {operator} that: it is more than you act for yourself"
        "give departments of your own, and no role that acts for the whole university (stock, auditor); else ask an admin without departments"
        "自分の担当範囲を超えるため，{operator} にその役割や部局は与えられません"
        "自分の担当部局だけを指定し，全学に及ぶ役割（stock，auditor）は与えないでください．必要なら全部局の管理者に頼んでください"
    OperatorNotYours "TF-3011" OUT_OF_SCOPE Denied
        "operator {operator} acts for departments that are not yours"
        "ask an admin of those departments, or one without departments"
        "担当者 {operator} は，あなたの担当外の部局を受け持っています"
        "その部局の管理者か，全部局の管理者に頼んでください"
    SelfGrant "TF-3012" SELF_GRANT Denied
        "nobody gives themselves another role, department or ID"
        "ask another admin; to give something up yourself is possible"
        "自分に新しい役割や部局を与えたり，自分の共通IDを変えたりすることはできません"
        "別の管理者に頼んでください．自分の役割や部局を減らすことはできます"
    OutOfSight "TF-3013" OUT_OF_SIGHT Denied
        "this was done, but the token is no longer among those you see"
        "nothing is left to do; your departments: tokenadm whoami"
        "この操作は実行済みですが，トークンは現在あなたの担当範囲にありません"
        "再度の操作は不要です．担当部局の確認: tokenadm whoami"
    SignedByNarrower "TF-3014" OUT_OF_SCOPE Denied
        "{signer}, who may not give {operator} that, has signed a certificate of theirs and may hold its key"
        "add the person under a new name yourself: tokenadm operator add NAME --role ROLE --out DIR, then revoke {operator}"
        "{operator} の証明書に署名した {signer} にはその役割や部局を与える権限がなく，鍵を持っている可能性があります"
        "新しい名前で追加し（tokenadm operator add NAME --role ROLE --out DIR），{operator} を失効させてください"
    DepartmentUnsaid "TF-3015" OUT_OF_SCOPE Denied
        "say which of your departments lends it"
        "name one with --department: {departments}"
        "どの担当部局の貸出か指定してください"
        "--department でいずれかを指定してください: {departments}"
    DepartmentsNotAll "TF-3016" OUT_OF_SCOPE Denied
        "all tokens of a person are moved by somebody who acts for all departments"
        "ask a colleague who does; your departments: tokenadm whoami"
        "ある人のトークンをすべて移せるのは，全部局の担当者だけです"
        "全部局の担当者に頼んでください．自分の担当部局: tokenadm whoami"

    // TF-40xx: limits.
    RateLimited "TF-4001" RATE_LIMITED Exhausted
        "{what}: at most {limit} in an hour of the clock"
        "try again in {wait}, when the next hour begins"
        "{what}は毎正時からの1時間に{limit}回までです"
        "{wait}後，次の正時を過ぎてからもう一度試してください"
    Busy "TF-4002" BUSY Exhausted
        "the server has too much to do at the moment"
        "try again in a few seconds"
        "サーバが混み合っています"
        "数秒後にもう一度試してください"
    DeadlineExceeded "TF-4003" DEADLINE_EXCEEDED Deadline
        "the server did not finish in time"
        "try again with the same request_id: what was done is not done twice"
        "サーバの処理が時間内に終わりませんでした"
        "同じ request_id でもう一度試してください．二重に実行されることはありません"
    FilesOfOne "TF-4004" BUSY Exhausted
        "{limit} files of yours are being read already"
        "let one of them end, or end one that waits for its passphrase, and try again"
        "すでに{limit}個のファイルを読み込み中です"
        "どれかが終わるのを待つか，パスフレーズ待ちのものを中止して，もう一度試してください"

    // TF-50xx: faults of ours.
    DatabaseUnavailable "TF-5001" DATABASE_UNAVAILABLE Unavailable
        "the database can't be used at the moment; nothing was accepted or changed"
        "tell the operators (a full disk?); then try again"
        "データベースが現在使えません．何も受理・変更していません"
        "運用担当者に知らせ（ディスクの空きなど），その後もう一度試してください"
    UnknownOutcome "TF-5002" UNKNOWN_OUTCOME Unavailable
        "it is not known whether this was done"
        "look whether it was done before you do it again; a program repeats the request with the same request_id"
        "実行されたかどうか分かりません"
        "やり直す前に実行済みか確かめてください．プログラムは同じ request_id で要求を繰り返します"
    ShuttingDown "TF-5003" SHUTTING_DOWN Unavailable
        "the server is stopping"
        "try again in a few seconds"
        "サーバが停止処理中です"
        "数秒後にもう一度試してください"
    Internal "TF-5004" INTERNAL Internal
        "the server met a fault of its own"
        "tell the operators the request id; nothing was accepted"
        "サーバ内部で障害が起きました"
        "運用担当者に要求番号を知らせてください．何も受理していません"
    AlreadyServed "TF-5005" ALREADY_SERVED Precondition
        "another tokenfleetd serves {path}"
        "stop that one first, or give this one a fleet of its own: tokenfleetd init --data-dir DIR"
        "{path} は別の tokenfleetd が使用中です"
        "先にそれを止めるか，別のフリートを作ってください: tokenfleetd init --data-dir DIR"
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, HashSet};

    use super::{Lang, Reason};

    fn places(text: &str) -> BTreeSet<&str> {
        text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect()
    }

    #[test]
    fn codes_are_unique_and_in_order() {
        let codes: Vec<_> = Reason::ALL.iter().map(|reason| reason.words().code).collect();
        assert_eq!(codes.iter().collect::<HashSet<_>>().len(), codes.len());
        assert!(codes.is_sorted(), "keep the catalogue in the order of its codes");
    }

    #[test]
    fn both_languages_have_every_text_and_the_same_places() {
        for reason in Reason::ALL {
            let words = reason.words();
            for (en, ja) in words.texts(Lang::En).into_iter().zip(words.texts(Lang::Ja)) {
                assert!(!en.is_empty() && !ja.is_empty(), "{reason:?}");
                assert_eq!(places(en), places(ja), "{reason:?}");
            }
        }
    }
}
