//! The words that tokenadm says itself, in English and Japanese; what the server says comes translated from there.
//!
//! `Say` is what tokenadm tells while it works; `Complaint` is every "no" of its own, each with a stable code of the
//! TF-9xxx range, a machine-readable reason and a hint. Texts hold places such as `{serial}`, and words that follow a
//! count, such as `{tokens} {tokens|token|tokens}`. No text has a place for a seed or a code.

use crate::failure::Exit;

/// The languages that tokenadm speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Lang {
    /// English.
    En,
    /// Japanese.
    Ja,
}

impl Lang {
    /// The language of a locale such as `ja_JP.UTF-8`; English for any other.
    pub(crate) fn of_locale(locale: &str) -> Self {
        if locale.to_ascii_lowercase().starts_with("ja") { Self::Ja } else { Self::En }
    }

    /// The BCP 47 tag.
    pub(crate) fn tag(self) -> &'static str {
        self.choose(["en", "ja"])
    }

    fn choose(self, [english, japanese]: [&'static str; 2]) -> &'static str {
        match self {
            Self::En => english,
            Self::Ja => japanese,
        }
    }
}

/// A value for a place in a text.
pub(crate) type Place<'a> = (&'static str, &'a str);

/// A text with its places filled.
pub(crate) fn fill(text: &str, places: &[Place<'_>]) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (place, tail) = after.split_once('}').unwrap_or((after, ""));
        filled.push_str(before);
        filled.push_str(value_at(place, places));
        rest = tail;
    }
    filled.push_str(rest);
    filled
}

/// The value of a place; of `count|token|tokens` the first word where the count is 1, else the second.
fn value_at<'a>(place: &'a str, places: &[Place<'a>]) -> &'a str {
    let value = |name: &str| places.iter().find(|place| place.0 == name).map_or("", |place| place.1);
    match place.split_once('|') {
        None => value(place),
        Some((count, words)) => {
            let (one, several) = words.split_once('|').unwrap_or((words, words));
            if value(count) == "1" { one } else { several }
        }
    }
}

macro_rules! phrases {
    ($($variant:ident $english:literal $japanese:literal)*) => {
        /// What tokenadm tells while it works.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Say { $($variant,)* }

        impl Say {
            #[cfg(test)]
            pub(crate) const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// English and Japanese, with their places still open.
            pub(crate) fn texts(self) -> [&'static str; 2] {
                match self { $(Self::$variant => [$english, $japanese],)* }
            }
        }
    };
}

impl Say {
    /// The text in a language, with its places filled.
    pub(crate) fn with(self, lang: Lang, places: &[Place<'_>]) -> String {
        fill(lang.choose(self.texts()), places)
    }

    /// The text in a language, where it has no places.
    pub(crate) fn plain(self, lang: Lang) -> &'static str {
        lang.choose(self.texts())
    }
}

phrases! {
    // Labels before a line.
    Error "error" "エラー"
    Hint "hint" "ヒント"
    RequestOfServer "request" "要求番号"
    Next "Next" "次の操作"
    Undo "Undo" "取り消し"
    LabelSeparator ": " ": "
    Comma ", " "，"

    // Where a problem stands in a file.
    AtLine "{file} line {line}" "{file} {line}行目"
    AtColumn "{file} line {line}, column {column}" "{file} {line}行目 {column}列"
    AtNamedColumn "{file} line {line}, column {column} ({name})" "{file} {line}行目 {column}列（{name}）"
    WithdrawnRow
        "another row of this file has the same serial number and another secret key"
        "同じシリアル番号で別のシードの行がこのファイルにあります"
    WithdrawnHint "ask the vendor which row is right" "どちらの行が正しいか製造元に問い合わせてください"

    // Reading and importing.
    Reading
        "Reading {file}: {format}, {encoding}, {columns} {columns|column|columns} (layout: {layout}; secrets: {secrets})"
        "{file} を読んでいます: {format}，{encoding}，{columns}列（レイアウト: {layout}，シード: {secrets}）"
    SecretsBecause "{encoding}, {why}" "{encoding}，{why}"
    RowsSoFar "{rows} {rows|row|rows}" "{rows}行"
    Imported "{created} {created|token|tokens} in stock, lot {lot}" "{created}本を在庫に登録しました（ロット {lot}）"
    ImportedNothing "nothing new in {file}; nothing was changed" "{file} に新しいトークンはありません．何も変更していません"
    WouldImport
        "{created} {created|token|tokens} of {file} could be imported; nothing was changed"
        "{file} の{created}本を取り込めます．何も変更していません"
    ImportCounts
        "{created} new · {unchanged} unchanged (same serial, same seed) · {refused} refused"
        "新規 {created} · 変更なし {unchanged}（シリアル番号とシードが同じ） · 拒否 {refused}"
    ImportExpired
        "{expired} {expired|is|are} past the vendor's date: {expired|its|their} codes are never accepted"
        "{expired}本は製造元の定める期限を過ぎており，確認コードは受け付けられません"
    ImportedWithoutVendor
        "{tokens} {tokens|token has|tokens have} no vendor; --vendor NAME names one: undo this import, then import again with it"
        "{tokens}本は製造元が不明です．--vendor NAME で指定できます．この取り込みを取り消し，付けて取り込み直してください"
    WouldImportWithoutVendor
        "{tokens} {tokens|token would have|tokens would have} no vendor; --vendor NAME names one"
        "{tokens}本は製造元が不明のままになります．--vendor NAME で指定できます"
    GoodRowsRemain
        "--keep-going imports the {good} good {good|row|rows} and lists the others in {list} (no seeds in it)"
        "--keep-going を付けると残りの{good}行を取り込み，取り込めない行を {list} に書き出します（シードは書きません）"
    NoGoodRows "mend them, or ask the vendor for the file again" "直すか，製造元にファイルを問い合わせてください"
    NotTried "not tried: {files}" "試していないファイル: {files}"
    NextAssign "tokenadm assign <serial> <user-id>" "tokenadm assign <serial> <user-id>"
    Inspected "{keys} {keys|key|keys} in {file}; nothing was stored" "{file} に鍵が{keys}個あります．何も保存していません"

    // Lending.
    Lent "{token} is lent to {user} until it is returned" "{token} を {user} に貸し出しました（返却されるまで）"
    WouldLend "{token} can be lent to {user}; nothing was changed" "{token} を {user} に貸し出せます．何も変更していません"
    CodeNotChecked
        "the code was not checked: --dry-run uses up no code"
        "確認コードは確かめていません．--dry-run ではコードを使いません"
    BackInStock "{token} is back in stock (it was lent to {user})" "{token} を在庫に戻しました（貸出先は {user} でした）"
    SetAside "{token} is set aside as faulty (it was lent to {user})" "{token} を故障品として分けました（貸出先は {user} でした）"
    WouldReturn
        "{token} can be taken back from {user}; nothing was changed"
        "{token} を {user} から返却できます．何も変更していません"
    NextVerify
        "tokenadm verify {serial} <code>   (proves that the device in hand is this token)"
        "tokenadm verify {serial} <code>   （手元の機器がこのトークンであることを確かめます）"

    // Codes and clocks.
    CodeCounts "{serial}: the code is right" "{serial}: 確認コードは正しいです"
    InStep "{serial} is in step again" "{serial} の時刻を補正しました"
    Clock "clock {offset}" "時計 {offset}"
    ClockWas "clock {offset} (was {previous})" "時計 {offset}（前回 {previous}）"
    ClockDrifts "clock {offset} (was {previous}; {rate} a day)" "時計 {offset}（前回 {previous}，1日に {rate}）"
    InsideWindow "inside Entra's ±{window} s" "Entra の ±{window} 秒以内"
    OutsideWindow
        "outside Entra's ±{window} s: Entra will refuse its codes"
        "Entra の ±{window} 秒の外: Entra はこのコードを受け付けません"
    LeavesWindow "expected to leave it on {date}" "{date} ごろ範囲を外れる見込み"
    AdviceSignIn
        "have the person sign in once now, so that Entra follows the clock"
        "今すぐ一度サインインしてもらってください．Entra が時計のずれに追従します"
    AdviceRegister
        "register the token anew in Entra, or lend another"
        "Entra に登録し直すか，別のトークンを貸し出してください"
    AdviceReplace
        "its clock runs away, the battery may be dying: take it back and lend another"
        "時計のずれが大きく，電池が切れかけています．返却してもらい，別のトークンを貸し出してください"
    NextReturnBattery "tokenadm return {serial} --reason battery" "tokenadm return {serial} --reason battery"
    Seconds "{seconds} s" "{seconds} 秒"
    AskSerial "Serial number on the back of the token: " "トークン裏面のシリアル番号: "
    AskCodeOne "Type the code it shows now, then press Enter: " "今表示されている確認コードを入力して Enter: "
    AskCodeNext "The next code shows by now. Type it, then press Enter: " "次の確認コードが表示されたはずです．入力して Enter: "
    AskCodePressed
        "Press its button again. Type the code it shows now, then press Enter: "
        "もう一度トークンのボタンを押し，表示された確認コードを入力して Enter: "
    Countdown
        "The next code shows within {seconds} s. Type it, then press Enter: "
        "次の確認コードは{seconds}秒以内に表示されます．入力して Enter: "
    NoCode "a code has 6 to 8 digits" "確認コードは6桁から8桁の数字です"
    NeedThird "The two codes fit at several times; one more is needed." "二つのコードが複数の時刻に一致しました．もう一つ必要です．"

    // Lots, operators, the record, the service.
    LotReverted "lot {lot} is taken out again ({tokens} {tokens|token|tokens})" "ロット {lot} を取り消しました（{tokens}本）"
    WouldRevert "lot {lot} can be reverted ({tokens} {tokens|token|tokens}); nothing was changed" "ロット {lot} を取り消せます（{tokens}本）．何も変更していません"
    ConfirmRevert "This takes all tokens of the lot out again. Type {name} to confirm: " "このロットのトークンをすべて取り消します．確認のため {name} と入力してください: "
    ConfirmRevoke "This ends the operator and all certificates of that name. Type {name} to confirm: " "この担当者とその証明書をすべて失効させます．確認のため {name} と入力してください: "
    OperatorAdded "operator {name} ({roles}) is added; the profile is in {folder}" "担当者 {name}（{roles}）を追加しました．プロファイルは {folder} にあります"
    HandOver
        "hand the folder over safely (it holds the key); there: tokenadm --config {folder}/config.toml whoami"
        "フォルダには鍵があります．安全に渡してください．渡した先で: tokenadm --config {folder}/config.toml whoami"
    OperatorSet
        "operator {name} has now {roles}, for departments: {departments}"
        "担当者 {name} を変更しました（役割: {roles}，部局: {departments}）"
    CertificateIssued
        "a new certificate for operator {name} is in {folder}"
        "担当者 {name} の新しい証明書は {folder} にあります"
    CertificateRenewed
        "the certificate of {name} is renewed until {date}"
        "{name} の証明書を更新しました（期限 {date}）"
    CertificateEnds
        "your certificate ends on {date}: tokenadm operator renew"
        "あなたの証明書は {date} に期限が切れます: tokenadm operator renew"
    OperatorRevoked "operator {name} is revoked, on open connections too" "担当者 {name} を失効させました（接続中も含む）"
    ChainsIntact "the record is whole (events: {events}, chains: {chains})" "記録は完全です（件数: {events}，鎖: {chains}）"
    OwnEventsOnly "only your own events; the role auditor sees all" "自分の操作だけの一覧です．すべてを見るには auditor の役割が必要です"
    NothingMatches "nothing matches" "該当するものはありません"
    HoldsSeveral
        "several tokens are lent to this person; tokenadm show SERIAL shows one of them"
        "この人には複数のトークンが貸出中です．tokenadm show SERIAL で一つを表示します"
    KeyOpen
        "others on this computer can read the key of your profile: chmod 600 {path}"
        "プロファイルの鍵をこのコンピュータの他の利用者が読めます: chmod 600 {path}"
    All "all" "すべて"
    Yes "yes" "はい"
    No "no" "いいえ"

    // Mistyped serials.
    DidYouMean "did you mean {serials}? Else {hint}" "もしかして: {serials}．違う場合は，{hint}"

    // Loops over scanned lines.
    ScanSerial "Serial number: " "シリアル番号: "
    ScanUser "ID of the person: " "共通ID: "
    ScanCode "Code: " "確認コード: "
    LineNumber "line {line}" "{line}行目"
    ScanEnded "{done} done, {refused} refused" "完了 {done}件，拒否 {refused}件"

    // Doctor.
    CheckGood "ok" "正常"
    CheckDoubtful "warn" "注意"
    CheckBad "fail" "異常"
    ProfileFound "the profile is {path}" "プロファイルは {path} です"
    KeyIsPrivate "only you can read the key {path}" "鍵 {path} はあなただけが読めます"
    KeyIsOpen "others on this computer can read the key {path}" "鍵 {path} をこのコンピュータの他の利用者が読めます"
    CloseKey "chmod 600 {path}" "chmod 600 {path}"
    YourCertificate "your certificate is good until {time}" "あなたの証明書の期限は {time} です"
    YourCertificateEnded "your certificate has ended on {time}" "あなたの証明書は {time} に期限が切れました"
    RenewCertificate "tokenadm operator renew" "tokenadm operator renew"
    ReplaceCertificate
        "ask an admin for a new one: tokenadm operator issue-cert NAME --out DIR"
        "管理者に新しいものを依頼してください: tokenadm operator issue-cert NAME --out DIR"
    ServersCertificate "the server's certificate is good until {time}" "サーバの証明書の期限は {time} です"
    ServersCertificateEnded "the server's certificate has ended on {time}" "サーバの証明書は {time} に期限が切れました"
    RenewServersCertificate
        "tell those who run the server that it needs a new certificate"
        "サーバの管理者に証明書の更新を依頼してください"
    ServerAnswers "{server} answers" "{server} から応答がありました"
    ClocksAgree "this computer and the server have the same time" "このコンピュータとサーバの時刻は一致しています"
    ClocksDiffer
        "the clocks of this computer and of the server differ by {seconds} s"
        "このコンピュータとサーバの時刻が{seconds}秒ずれています"
    SetClock
        "have both set their clocks from the network (NTP)"
        "両方の時刻をネットワーク（NTP）で合わせてください"
    SignedInAs "you are {name}: {roles}" "担当者 {name}（{roles}）としてサインインしています"
    VersionsAgree "tokenadm and the server are both {here}" "tokenadm とサーバの版は同じです（{here}）"
    VersionsDiffer "tokenadm is {here}, the server is {there}" "tokenadm の版は {here}，サーバの版は {there} です"
    InstallVersion "install tokenadm {there}" "tokenadm {there} を入れてください"
    ClockIsTrusted "the server trusts its clock" "サーバは自分の時計を信頼しています"
    ClockIsNotTrusted
        "the server does not trust its clock: it judges no codes now"
        "サーバが自分の時計を信頼していないため，確認コードを判定しません"
    WaitForClock
        "wait some minutes; if it stays so, have its time source (NTP) looked at"
        "数分待ってください．続くようならサーバの時刻の同期（NTP）を調べてもらってください"
    RowsAreWhole "every row of the database is as it was written" "データベースのすべての行は書き込んだときのままです"
    RowsAreDamaged
        "{rows} {rows|row|rows} of the database {rows|was|were} changed or damaged"
        "データベースの{rows}行が改変または破損しています"
    LookAtDamage
        "tokenadm list --state on_hold; tell the service owner now, and keep the database as it is"
        "tokenadm list --state on_hold で確かめ，直ちに管理者に知らせ，データベースをそのまま保存してください"

    // Profiles, settings, man pages.
    HeadChosen "CHOSEN" "選択"
    HeadServer "SERVER" "サーバ"
    HeadSetting "SETTING" "設定"
    HeadValue "VALUE" "値"
    HeadSource "FROM" "由来"
    ProfileChosen "the profile in use is now {name}" "使うプロファイルを {name} にしました"
    ProfileOverruled
        "--config or TOKENADM_CONFIG still names another: it counts before this choice"
        "--config か TOKENADM_CONFIG が別のものを指定しており，そちらが優先されます"
    SourceFlag "an option" "オプション"
    SourceEnvironment "the environment" "環境変数"
    SourceChoice "profile use" "profile use"
    SourcePerson "your own file" "個人の設定"
    SourceComputer "this computer's file" "コンピュータの設定"
    SourceProfile "the profile" "プロファイル"
    SourceLocale "the locale" "ロケール"
    SourceDefault "the default" "既定値"
    SourceNone "nowhere" "なし"
    PagesWritten "the man pages are in {folder}" "マニュアルページを {folder} に書き出しました"

    // Practice.
    PracticeMade "{count} made-up {count|token|tokens} in {folder}" "練習用トークン{count}本を {folder} に作りました"
    NextImport "tokenadm import {file}" "tokenadm import {file}"
    NextPracticeCode "tokenadm practice code {serial} --dir {folder}" "tokenadm practice code {serial} --dir {folder}"

    // Talk of -v.
    Connected "connected to {server}" "{server} に接続しました"
    Asking "request_id {id}" "request_id {id}"

    // Heads of tables.
    HeadSerial "SERIAL" "シリアル番号"
    HeadModel "MODEL" "機種"
    HeadState "STATE" "状態"
    HeadUser "USER" "共通ID"
    HeadClock "CLOCK" "時刻ずれ"
    HeadLot "LOT" "ロット"
    HeadTokens "TOKENS" "本数"
    HeadFile "FILE" "ファイル"
    HeadImportedBy "BY" "担当者"
    HeadTime "TIME" "日時"
    HeadOperator "OPERATOR" "担当者"
    HeadRoles "ROLES" "役割"
    HeadDepartments "DEPARTMENTS" "部局"
    HeadRevoked "REVOKED" "失効"
    HeadAction "ACTION" "操作"
    HeadOutcome "OUTCOME" "結果"
    HeadSubject "SUBJECT" "対象"
    HeadType "TYPE" "種別"
    HeadDigits "DIGITS" "桁数"
    HeadPeriod "PERIOD" "周期"
    HeadCounter "COUNTER" "カウンタ"
    HeadAlgorithm "ALGORITHM" "アルゴリズム"
    HeadKeyCheck "KCV" "照合値"
    HeadKeyId "KEY" "鍵"
    HeadChain "CHAIN" "鎖"
    HeadEvents "EVENTS" "件数"
    HeadIntact "WHOLE" "完全"
    HeadChainHead "HEAD" "先頭"
    HeadVendor "VENDOR" "製造元"
    HeadHold "HOLD" "保留"
    HeadAuthenticator "CODES" "確認コード"
    HeadLentTime "LENT" "貸出日時"
    HeadProvenTime "PROVEN" "確認日時"
    HeadLastAccepted "LAST CODE HERE" "最後の受理（当窓口）"
    HeadFailures "WRONG IN A ROW" "連続誤り"
    HeadNextTry "LOCKED UNTIL" "再試行可能"
    HeadExpires "EXPIRES" "期限"
    HeadDepartment "DEPARTMENT" "部局"
    HeadFormat "FORMAT" "形式"
    HeadEncoding "SECRETS" "シードの表記"
    HeadVersion "SERVER" "サーバの版"
    HeadFleet "FLEET" "フリート"
    HeadDatabase "DATABASE" "データベース"
    HeadStarted "STARTED" "起動"
    HeadClockTrusted "CLOCK TRUSTED" "時計の信頼"
    HeadIntegrity "DAMAGED ROWS" "破損した行"
    HeadCertificate "CERTIFICATE ENDS" "証明書の期限"
    HeadServerTime "SERVER TIME" "サーバの時刻"
    HeadName "NAME" "名前"

    // The word people see for a token or a lot.
    StateOrdered "ordered" "発注済み"
    StateInStock "in stock" "在庫"
    StateLentNotProven "lent, not proven" "貸出中（未確認）"
    StateLent "lent" "貸出中"
    StateSuspended "suspended" "一時停止"
    StateDisabled "disabled" "無効"
    StateLost "lost" "紛失"
    StateFaulty "faulty" "故障"
    StateOnHold "on hold" "保留"
    StateRetired "retired" "廃棄"
    AuthenticatorNone "none" "なし"
    AuthenticatorReady "ready" "有効"
    AuthenticatorSuspended "suspended" "一時停止"
    AuthenticatorDisabled "disabled" "無効"
    HoldIntegrity "integrity" "改変・破損"
    HoldLot "lot" "ロット"
    HoldRecovery "recovery" "復元後"
    OutcomeDone "done" "完了"
    LotStaging "being imported" "取り込み中"
    LotClosed "closed" "閉鎖"
    LotOpen "open" "使用中"
    LotQuarantined "quarantined" "隔離"
    LotRecalled "recalled" "回収"
    LotTakenOut "reverted" "取り消し済み"
}

/// How one complaint stands in the catalogue.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Words {
    /// The stable code, `TF-9005`.
    pub(crate) code: &'static str,
    /// The machine-readable reason.
    pub(crate) reason: &'static str,
    /// The nearest gRPC status.
    pub(crate) status: &'static str,
    /// What the process exits with.
    pub(crate) exit: Exit,
    english: [&'static str; 2],
    japanese: [&'static str; 2],
}

impl Words {
    /// The sentence and the hint in a language, with their places still open.
    pub(crate) fn texts(&self, lang: Lang) -> [&'static str; 2] {
        match lang {
            Lang::En => self.english,
            Lang::Ja => self.japanese,
        }
    }
}

macro_rules! complaints {
    ($($variant:ident $code:literal $reason:ident $status:ident $exit:ident
        $english:literal $hint:literal $japanese:literal $japanese_hint:literal)*) => {
        /// Every "no" of tokenadm's own.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Complaint { $($variant,)* }

        impl Complaint {
            #[cfg(test)]
            pub(crate) const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The words of this complaint.
            pub(crate) fn words(self) -> Words {
                match self {
                    $(Self::$variant => Words {
                        code: $code,
                        reason: stringify!($reason),
                        status: stringify!($status),
                        exit: Exit::$exit,
                        english: [$english, $hint],
                        japanese: [$japanese, $japanese_hint],
                    },)*
                }
            }
        }
    };
}

complaints! {
    Usage "TF-9001" USAGE INVALID_ARGUMENT Usage
        "{what}"
        "see: tokenadm --help"
        "{what}"
        "使い方: tokenadm --help"
    ProfileMissing "TF-9002" PROFILE_MISSING UNAUTHENTICATED NotAllowed
        "there is no profile to sign in with"
        "ask an admin for a profile folder, then: --config FOLDER, TOKENADM_CONFIG, or put it at {path}"
        "サインインに使うプロファイルがありません"
        "管理者からプロファイルのフォルダを受け取り，--config FOLDER か TOKENADM_CONFIG で指定するか，{path} に置いてください"
    ProfileUnreadable "TF-9003" PROFILE_UNREADABLE INVALID_ARGUMENT Usage
        "the profile can't be used: {path}: {why}"
        "a profile is a folder with config.toml, ca.pem, cert.pem and key.pem"
        "プロファイルが使えません: {path}: {why}"
        "プロファイルは config.toml，ca.pem，cert.pem，key.pem の入ったフォルダです"
    FileUnreadable "TF-9004" FILE_UNREADABLE INVALID_ARGUMENT Usage
        "{file} can't be read: {why}"
        "check the path; - reads from stdin"
        "{file} が読めません: {why}"
        "パスを確かめてください．- は標準入力です"
    ServerNotReached "TF-9005" SERVER_NOT_REACHED UNAVAILABLE TryAgain
        "{server} is not reached: {why}"
        "is the service running, and is the address in the profile right? Then try again"
        "{server} に接続できません: {why}"
        "サービスが動いているか，プロファイルのアドレスが正しいか確かめ，もう一度試してください"
    ServerUntrusted "TF-9006" SERVER_UNTRUSTED UNAUTHENTICATED NotAllowed
        "the certificate of {server} is not one this profile trusts: {why}"
        "nothing was sent; the profile may be of another fleet: ask an admin for a new one"
        "{server} の証明書はこのプロファイルで信頼できません: {why}"
        "何も送信していません．別のフリートのプロファイルかもしれません．管理者に新しいものを依頼してください"
    CertificateRefused "TF-9007" CERTIFICATE_REFUSED UNAUTHENTICATED NotAllowed
        "{server} refused the certificate of this profile: {why}"
        "it may have expired or be of another fleet: ask an admin for a new one (tokenadm operator issue-cert NAME --out DIR)"
        "{server} がこのプロファイルの証明書を拒否しました: {why}"
        "期限切れか，別のフリートのものかもしれません．管理者に新しいものを依頼してください（tokenadm operator issue-cert NAME --out DIR）"
    ConnectionLost "TF-9008" CONNECTION_LOST UNAVAILABLE TryAgain
        "the connection to the server broke before its answer came"
        "look whether it was done (tokenadm show, tokenadm lot list), then try again"
        "応答の前にサーバとの接続が切れました"
        "実行されたかどうかを確かめてから（tokenadm show，tokenadm lot list），もう一度試してください"
    TimedOut "TF-9009" TIMED_OUT DEADLINE_EXCEEDED TryAgain
        "no answer came within {seconds} s"
        "look whether it was done (tokenadm show, tokenadm lot list), then try again; --timeout waits longer"
        "{seconds}秒以内に応答がありませんでした"
        "実行されたかどうかを確かめてから（tokenadm show，tokenadm lot list），もう一度試してください．--timeout で長く待てます"
    AnswerIncomplete "TF-9010" ANSWER_INCOMPLETE UNKNOWN TryAgain
        "the server's answer is incomplete"
        "look whether it was done (tokenadm show, tokenadm lot list); do client and server have the same version?"
        "サーバの応答が不完全です"
        "実行されたかどうかを確かめてください（tokenadm show，tokenadm lot list）．クライアントとサーバの版は同じですか"
    TargetAmbiguous "TF-9011" TARGET_AMBIGUOUS FAILED_PRECONDITION Conflict
        "{target} is both a serial and the ID of somebody who holds a token"
        "say which: --serial or --user"
        "{target} はシリアル番号としても，貸出中の共通IDとしても存在します"
        "--serial か --user を付けてください"
    TargetNotFound "TF-9012" TARGET_NOT_FOUND NOT_FOUND NotFound
        "{target} is neither a serial that is known nor the ID of somebody who holds a token"
        "check the serial on the back of the token, or the ID on the card; see: tokenadm list"
        "{target} はシリアル番号としても，貸出中の共通IDとしても見つかりません"
        "トークン裏面のシリアル番号か，職員証・学生証の共通IDを確かめてください．一覧: tokenadm list"
    NobodyToAsk "TF-9013" NOT_A_TERMINAL INVALID_ARGUMENT Usage
        "resync asks on a terminal for what is not passed, and there is nobody to ask"
        "pass it all: tokenadm resync SERIAL CODE CODE"
        "resync は指定されていないものを端末で質問しますが，ここでは質問できません"
        "すべて指定してください: tokenadm resync SERIAL CODE CODE"
    ConfirmationMissing "TF-9014" CONFIRMATION_MISSING INVALID_ARGUMENT Usage
        "this is severe and has to be confirmed; nothing was changed"
        "tokenadm {command} {name} --confirm={name}"
        "重大な操作のため確認が必要です．何も変更していません"
        "tokenadm {command} {name} --confirm={name}"
    ConfirmationWrong "TF-9015" CONFIRMATION_WRONG INVALID_ARGUMENT Usage
        "what was typed is not {name}; nothing was changed"
        "look at what you mean to end, then: tokenadm {command} {name} --confirm={name}"
        "入力が {name} と一致しません．何も変更していません"
        "対象を確かめてから実行してください: tokenadm {command} {name} --confirm={name}"
    RowsRefused "TF-1250" IMPORT_ROW_INVALID INVALID_ARGUMENT RowsRefused
        "{refused} of {rows} {rows|row|rows} can't be imported; nothing was changed"
        "{way_on}"
        "{rows}行のうち{refused}行が取り込めません．何も変更していません"
        "{way_on}"
    RowsLeftOut "TF-9016" ROWS_LEFT_OUT INVALID_ARGUMENT RowsRefused
        "{refused} of {rows} {rows|row|rows} {refused|was|were} left out"
        "see {list} (no seeds in it)"
        "{rows}行のうち{refused}行を取り込みませんでした"
        "{list} に書き出しました（シードは書いていません）"
    RowsUnreadable "TF-9017" ROWS_UNREADABLE INVALID_ARGUMENT RowsRefused
        "{refused} {refused|row|rows} of {file} can't be read"
        "mend them, or ask the vendor; import --keep-going would leave them out"
        "{file} の{refused}行が読めません"
        "直すか製造元に問い合わせてください．import --keep-going では除かれます"
    RecordBroken "TF-9018" RECORD_BROKEN DATA_LOSS Failed
        "the record does not hold from {broken} on"
        "somebody or something changed it: tell the service owner now, and keep the database and its backups as they are"
        "記録が {broken} から壊れています"
        "改変または破損です．直ちに管理者に知らせ，データベースとバックアップをそのまま保存してください"
    OutputFailed "TF-9019" OUTPUT_FAILED INTERNAL Failed
        "the answer can't be written: {why}"
        "it may have been done all the same; make room, then look: tokenadm show, tokenadm lot list"
        "結果を書き出せません: {why}"
        "操作自体は済んでいるかもしれません．空きを作ってから確かめてください: tokenadm show，tokenadm lot list"
    FolderInUse "TF-9020" FOLDER_IN_USE ALREADY_EXISTS Conflict
        "{folder} is there already and is not empty"
        "name a new folder"
        "{folder} はすでにあり，空ではありません"
        "新しいフォルダを指定してください"
    WriteFailed "TF-9021" WRITE_FAILED INTERNAL Failed
        "{path} can't be written: {why}"
        "check the folder and its free space"
        "{path} に書き込めません: {why}"
        "フォルダと空き容量を確かめてください"
    NoRandomness "TF-9022" NO_RANDOMNESS INTERNAL Failed
        "this computer gives no random numbers"
        "without them nothing is safe; restart it or use another"
        "このコンピュータから乱数が得られません"
        "乱数なしでは安全に実行できません．再起動するか，別のコンピュータを使ってください"
    DeviceUnknown "TF-9023" DEVICE_UNKNOWN NOT_FOUND NotFound
        "no practice token {serial} in {folder}"
        "look into its devices folder, or make a set: tokenadm practice new --tokens 5 --out DIR"
        "練習用トークン {serial} は {folder} にありません"
        "devices フォルダを確かめるか，新しく作ってください: tokenadm practice new --tokens 5 --out DIR"
    DeviceForeign "TF-9024" DEVICE_FOREIGN INVALID_ARGUMENT Usage
        "{path} was not made by tokenadm practice"
        "practice plays made-up tokens only, never real ones"
        "{path} は tokenadm practice で作られたものではありません"
        "practice は練習用トークンだけを扱い，実際のトークンは扱いません"
    LayoutLimits "TF-9025" LAYOUT_LIMITS INVALID_ARGUMENT Usage
        "a vendor file of {vendor} can't say {option}"
        "use --vendor oath-csv"
        "{vendor} のファイルでは {option} を表せません"
        "--vendor oath-csv を使ってください"
    Interrupted "TF-9026" INTERRUPTED CANCELLED Interrupted
        "interrupted"
        "look whether it was done before you try again"
        "中断されました"
        "もう一度試す前に，実行されたかどうかを確かめてください"
    InputEnded "TF-9027" INPUT_ENDED INVALID_ARGUMENT Usage
        "the input ended before everything was answered; nothing was changed"
        "start again, or pass everything as arguments"
        "入力が途中で終わりました．何も変更していません"
        "やり直すか，すべて引数で指定してください"
    DriftOfNobody "TF-9028" DRIFT_OF_NOBODY INVALID_ARGUMENT Usage
        "--drift {drift}: there {count|is|are} {count} {count|token|tokens}"
        "--drift SECONDS is for all, --drift SECONDS@N for the N-th, from 1"
        "--drift {drift}: トークンは{count}本です"
        "--drift SECONDS は全部，--drift SECONDS@N は N 本目（1から）です"
    KeyNotMade "TF-9029" KEY_NOT_MADE INTERNAL Failed
        "the new key can't be made"
        "try again; if it fails again, tell the developers"
        "新しい鍵を作れません"
        "もう一度試し，続くようなら開発者に知らせてください"
    Wordless "TF-9030" WORDLESS UNKNOWN Failed
        "the server answered {status}: {message}"
        "do client and server have the same version? See: tokenadm version, tokenadm status"
        "サーバが {status} と答えました: {message}"
        "クライアントとサーバの版は同じですか: tokenadm version，tokenadm status"
    TimeUnreadable "TF-9031" TIME_UNREADABLE INVALID_ARGUMENT Usage
        "--at takes a time such as 2026-11-24T09:00:00Z"
        "RFC 3339: date, T, time, then Z or an offset such as +09:00"
        "--at は 2026-11-24T09:00:00Z のような時刻です"
        "RFC 3339 形式: 日付，T，時刻，Z または +09:00 などの時差"
    ClockOnly "TF-9032" CLOCK_ONLY INVALID_ARGUMENT Usage
        "{option} is for tokens with a clock"
        "leave it out for a token with a button"
        "{option} は時計で動くトークン用です"
        "ボタン式のトークンでは指定しないでください"
    AddressUnreadable "TF-9033" PROFILE_UNREADABLE INVALID_ARGUMENT Usage
        "{path} names no server that can be reached: server = \"{server}\""
        "it has to be server = \"https://HOST:PORT\""
        "{path} のサーバの指定が正しくありません: server = \"{server}\""
        "server = \"https://HOST:PORT\" の形で書いてください"
    CertificateUnreadable "TF-9034" PROFILE_UNREADABLE INVALID_ARGUMENT Usage
        "{path} is no PEM certificate"
        "it begins with -----BEGIN CERTIFICATE-----; copy the profile folder anew, or ask an admin for a new one"
        "{path} は PEM 形式の証明書ではありません"
        "-----BEGIN CERTIFICATE----- で始まるはずです．プロファイルのフォルダをコピーし直すか，管理者に新しいものを依頼してください"
    KeyUnreadable "TF-9035" PROFILE_UNREADABLE INVALID_ARGUMENT Usage
        "{path} is no PEM private key"
        "it begins with -----BEGIN PRIVATE KEY-----; copy the profile folder anew, or ask an admin for a new one"
        "{path} は PEM 形式の秘密鍵ではありません"
        "-----BEGIN PRIVATE KEY----- で始まるはずです．プロファイルのフォルダをコピーし直すか，管理者に新しいものを依頼してください"
    KeyForeign "TF-9036" PROFILE_UNREADABLE INVALID_ARGUMENT Usage
        "the key {key} does not belong to the certificate {cert}"
        "both have to come from one profile folder: copy it anew, or ask an admin for a new one"
        "鍵 {key} は証明書 {cert} のものではありません"
        "両方とも同じプロファイルのフォルダのものが必要です．フォルダをコピーし直すか，管理者に新しいものを依頼してください"
    ColumnUnknown "TF-9061" COLUMN_UNKNOWN INVALID_ARGUMENT Usage
        "there is no column {column} here"
        "the columns are: {columns}"
        "{column} という列はありません"
        "使える列: {columns}"
    NoColumns "TF-9062" NO_COLUMNS INVALID_ARGUMENT Usage
        "--columns and --no-headers are for tables and csv"
        "leave them out, or: -o table, -o csv"
        "--columns と --no-headers は表と csv 用です"
        "指定しないか，-o table か -o csv にしてください"
    LineUnclear "TF-9063" LINE_UNCLEAR INVALID_ARGUMENT Usage
        "these {length} {length|character|characters} are not understood and were skipped"
        "a line is a serial; the ID or the code stands behind it or on the next line"
        "{length}文字の内容を読み取れないため，飛ばしました"
        "1行にシリアル番号を，続けてまたは次の行に共通IDか確認コードを入力してください"
    LineUnfinished "TF-9064" LINE_UNFINISHED INVALID_ARGUMENT Usage
        "what belongs to it did not follow; nothing was done with it"
        "scan it again, then the ID or the code"
        "続きが入力されなかったため，何もしていません"
        "もう一度読み取り，続けて共通IDか確認コードを入力してください"
    ProfileUnknown "TF-9065" PROFILE_UNKNOWN NOT_FOUND NotFound
        "no profile {name} is kept here"
        "those that are: {names}; another becomes one as a folder below ~/.config/tokenadm/profiles"
        "プロファイル {name} はありません"
        "あるもの: {names}．フォルダを ~/.config/tokenadm/profiles の下に置くと使えます"
    Unwell "TF-9066" UNWELL FAILED_PRECONDITION Failed
        "{bad} {bad|check|checks} failed"
        "the lines that fail say how to mend it; then again: tokenadm doctor"
        "{bad}件の異常があります"
        "異常の行に対処が書いてあります．そのあともう一度: tokenadm doctor"
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, HashSet};

    use super::*;

    fn places(text: &str) -> BTreeSet<&str> {
        let places = text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(place, _)| place);
        places.map(|place| place.split_once('|').map_or(place, |(count, _)| count)).collect()
    }

    #[test]
    fn every_phrase_has_both_languages_and_the_same_places() {
        for say in Say::ALL {
            let [english, japanese] = say.texts();
            assert!(!english.is_empty() && !japanese.is_empty(), "{say:?}");
            assert_eq!(places(english), places(japanese), "{say:?}");
        }
    }

    #[test]
    fn every_complaint_has_both_languages_the_same_places_and_a_code_of_its_own() {
        let mut codes = HashSet::new();
        for complaint in Complaint::ALL {
            let words = complaint.words();
            assert!(codes.insert(words.code), "{complaint:?} shares its code");
            for (english, japanese) in words.texts(Lang::En).into_iter().zip(words.texts(Lang::Ja)) {
                assert!(!english.is_empty() && !japanese.is_empty(), "{complaint:?}");
                assert_eq!(places(english), places(japanese), "{complaint:?}");
            }
        }
    }

    #[test]
    fn a_value_that_looks_like_a_place_is_left_alone() {
        assert_eq!(fill("{a} and {b}", &[("a", "{b}"), ("b", "2")]), "{b} and 2");
    }

    #[test]
    fn english_words_follow_their_count_and_japanese_has_one_form() {
        let reverted = |lang, tokens| Say::LotReverted.with(lang, &[("lot", "a"), ("tokens", tokens)]);
        assert_eq!(reverted(Lang::En, "1"), "lot a is taken out again (1 token)");
        for several in ["0", "2", "11"] {
            assert_eq!(reverted(Lang::En, several), format!("lot a is taken out again ({several} tokens)"));
        }
        assert_eq!(reverted(Lang::Ja, "1"), "ロット a を取り消しました（1本）");
    }

    #[test]
    fn a_japanese_locale_is_japanese_and_any_other_is_english() {
        assert_eq!(Lang::of_locale("ja_JP.UTF-8"), Lang::Ja);
        assert_eq!(Lang::of_locale("C"), Lang::En);
    }
}
