//! Every "no" of tokenadm's own, each with a stable code of the TF-9xxx range, a machine-readable reason and a hint.

use super::Lang;
use crate::failure::Exit;

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
        "the same command again, with --confirm={name}"
        "重大な操作のため確認が必要です．何も変更していません"
        "同じコマンドに --confirm={name} を付けて，もう一度実行してください"
    ConfirmationWrong "TF-9015" CONFIRMATION_WRONG INVALID_ARGUMENT Usage
        "what was typed is not {name}; nothing was changed"
        "look at what you mean to end, then say the same again, with --confirm={name}"
        "入力が {name} と一致しません．何も変更していません"
        "対象を確かめ，--confirm={name} を付けて，もう一度実行してください"
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
    RowsWouldBeLeftOut "TF-9083" ROWS_LEFT_OUT INVALID_ARGUMENT RowsRefused
        "{refused} of {rows} {rows|row|rows} would be left out; nothing was changed"
        "{way_on}"
        "{rows}行のうち{refused}行は取り込めません．何も変更していません"
        "{way_on}"
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
    SerialBeforeCode "TF-9093" ARGUMENTS_SWAPPED INVALID_ARGUMENT Usage
        "the serial comes first, then the code"
        "type the serial on the back of the token, then the 6 to 8 digits it shows"
        "シリアル番号を先に，確認コードを後に指定してください"
        "トークン裏面のシリアル番号，表示された6桁から8桁の確認コードの順です"
    SerialBeforeUser "TF-9094" ARGUMENTS_SWAPPED INVALID_ARGUMENT Usage
        "the serial comes first, then the ID"
        "type the serial on the back of the token, then the 10 digits of the ID"
        "シリアル番号を先に，共通IDを後に指定してください"
        "トークン裏面のシリアル番号，10桁の共通IDの順です"
    NotBegun "TF-9095" INTERRUPTED CANCELLED Interrupted
        "interrupted; nothing was changed"
        "start again when you are ready"
        "中断されました．何も変更していません"
        "準備ができたら，もう一度実行してください"
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
        "--columns and --no-headers are for tables, csv and xlsx"
        "leave them out, or: -o table, -o csv, -o xlsx"
        "--columns と --no-headers は表，csv，xlsx 用です"
        "指定しないか，-o table，-o csv，-o xlsx のいずれかにしてください"
    MarkForCsv "TF-9067" MARK_FOR_CSV INVALID_ARGUMENT Usage
        "--bom is for csv"
        "leave it out, or: -o csv"
        "--bom は csv 用です"
        "指定しないか，-o csv にしてください"
    WorkbookOnTerminal "TF-9068" WORKBOOK_ON_TERMINAL INVALID_ARGUMENT Usage
        "a workbook is not for the screen; nothing was done"
        "send it to a file: {example}"
        "ブックは画面に表示できません．何もしていません"
        "ファイルに書き出してください: {example}"
    SheetFull "TF-9069" SHEET_FULL INVALID_ARGUMENT Usage
        "a sheet holds {rows} rows, and there are more"
        "take fewer with --filter or --limit, or use -o csv"
        "1枚のシートに入るのは{rows}行までです"
        "--filter か --limit で減らすか，-o csv を使ってください"
    PagerFailed "TF-9070" PAGER_FAILED FAILED_PRECONDITION Failed
        "the pager {pager} can't be run: {why}"
        "--no-pager does without; TOKENADM_PAGER names another"
        "ページャ {pager} を実行できません: {why}"
        "--no-pager を付けると使いません．TOKENADM_PAGER で別のものを指定できます"
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
    MapUnknown "TF-9080" MAP_UNKNOWN NOT_FOUND NotFound
        "no profile keeps a column map {name}"
        "kept are: {names}; a map is kept in config.toml, under [maps], as {name} = \"serial=1,secret=2:hex,type=const:totp\""
        "列の対応 {name} はどのプロファイルにもありません"
        "登録済み: {names}．config.toml の [maps] に {name} = \"serial=1,secret=2:hex,type=const:totp\" のように書いて登録します"
    PlanForOne "TF-9151" PLAN_FOR_ONE INVALID_ARGUMENT Usage
        "a plan is of one file"
        "import the files one by one, each with its own plan"
        "計画はファイルごとのものです"
        "ファイルを一つずつ，それぞれの計画を指定して取り込んでください"
    LotForOne "TF-9155" LOT_FOR_ONE INVALID_ARGUMENT Usage
        "a lot is of one file"
        "import the files one by one, each with the lot of its own box"
        "ロットはファイルごとのものです"
        "ファイルを一つずつ，それぞれの箱のロットを指定して取り込んでください"
    NoSerials "TF-9156" NO_SERIALS INVALID_ARGUMENT Usage
        "{file} has no serials"
        "scan the serials of the box, one a line"
        "{file} にシリアル番号がありません"
        "箱の中のシリアル番号を1行に1つずつ読み取ってください"
    DestroyedDay "TF-9157" TIME_UNREADABLE INVALID_ARGUMENT Usage
        "the day of a destruction is written like 2026-11-24"
        "it is a day in Japan; without --on it is today"
        "廃棄した日は 2026-11-24 のように書きます"
        "日本時間の日付です．--on を省くと今日になります"
    StdinTwice "TF-9150" STDIN_TWICE INVALID_ARGUMENT Usage
        "stdin can't be two files at once"
        "give - for one of them, and a path for the others"
        "標準入力を二つ以上のファイルとして読むことはできません"
        "- は一つだけにし，ほかはパスで指定してください"
    RejectsInTheWay "TF-9081" REJECTS_IN_THE_WAY ALREADY_EXISTS Conflict
        "{list}, where rows that can't be imported would go, is there already; nothing was imported"
        "move it away or delete it, then import again"
        "取り込めない行の書き出し先 {list} が既にあります．何も取り込んでいません"
        "別の場所に移すか削除して，もう一度取り込んでください"
    ImportInterrupted "TF-9082" INTERRUPTED CANCELLED Interrupted
        "interrupted in the middle of {file}; nothing of it was imported"
        "import it again when you are ready"
        "{file} の途中で中断されました．このファイルからは何も取り込んでいません"
        "準備ができたら，もう一度取り込んでください"
    Unwell "TF-9066" UNWELL FAILED_PRECONDITION Failed
        "{bad} {bad|check|checks} failed"
        "the lines that fail say how to mend it; then again: tokenadm doctor"
        "{bad}件の異常があります"
        "異常の行に対処が書いてあります．そのあともう一度: tokenadm doctor"
    PasswordMissing "TF-9085" PASSWORD_MISSING INVALID_ARGUMENT Usage
        "a password is needed, and it can't be asked for here"
        "put it into a file: --password-file FILE; or let it come through stdin: --password-file -"
        "パスワードが必要ですが，ここでは入力を求められません"
        "ファイルに書いて --password-file FILE で指定するか，標準入力から渡してください: --password-file -"
    PasswordUnfit "TF-9086" PASSWORD_UNFIT INVALID_ARGUMENT Usage
        "a password has {min} to {max} characters of ASCII"
        "use letters, digits and signs of an English keyboard: other characters are not the same bytes on every system"
        "パスワードは{min}文字から{max}文字の半角文字です"
        "半角の英字，数字，記号を使ってください．ほかの文字はシステムによって扱いが異なります"
    PasswordsDiffer "TF-9087" PASSWORDS_DIFFER INVALID_ARGUMENT Usage
        "the two passwords are not the same; nothing was written"
        "try again, and type the same one twice"
        "二つのパスワードが一致しないため，何も書き込んでいません"
        "もう一度，同じパスワードを2回入力してください"
    FileInUse "TF-9088" FILE_IN_USE ALREADY_EXISTS Conflict
        "{file} is there already"
        "choose another name, or have it written anew: --yes"
        "{file} は既にあります"
        "別の名前にするか，書き直す場合は --yes を付けてください"
    MomentUnreadable "TF-9089" TIME_UNREADABLE INVALID_ARGUMENT Usage
        "--at takes a month such as 2026-03, a day such as 2026-03-31, or a moment such as 2026-03-31T09:00:00+09:00"
        "a month and a day are Japan's, from their beginning to their end"
        "--at は 2026-03 のような月，2026-03-31 のような日，または 2026-03-31T09:00:00+09:00 のような時刻です"
        "月と日は日本時間で，その初めから終わりまでです"
    PairsEncoding "TF-9040" FILE_UNREADABLE INVALID_ARGUMENT Usage
        "{file} is a text of no known encoding"
        "save the list as CSV in UTF-8 or Shift_JIS; a workbook (.xlsx) is no list"
        "{file} の文字コードが分かりません"
        "リストを UTF-8 または Shift_JIS の CSV で保存してください．ブック（.xlsx）は読めません"
    PairsColumnMissing "TF-9041" COLUMNS_UNFIT INVALID_ARGUMENT Usage
        "{file} has no column {column}; nothing was changed"
        "its first line names the columns: serial, user and, where they are needed, department, route, ticket, until, note, checked"
        "{file} に {column} の列がありません．何も変更していません"
        "1行目に列の名前を書いてください: シリアル番号，共通ID，必要に応じて 部局，申請，受付番号，貸出期限，メモ，本人確認"
    PairsColumnUnknown "TF-9042" COLUMNS_UNFIT INVALID_ARGUMENT Usage
        "{file} has a column {column}, which is not known; nothing was changed"
        "the columns are: serial, user, department, route, ticket, until, note, checked"
        "{file} に知らない列 {column} があります．何も変更していません"
        "使える列: シリアル番号，共通ID，部局，申請，受付番号，貸出期限，メモ，本人確認"
    PairsColumnTwice "TF-9050" COLUMNS_UNFIT INVALID_ARGUMENT Usage
        "{file} has two columns that say the same, the second is {column}; nothing was changed"
        "take one of them out"
        "{file} に同じ内容の列が二つあります（二つ目は {column}）．何も変更していません"
        "どちらかの列を消してください"
    PairsCellMissing "TF-9051" ROW_UNREADABLE INVALID_ARGUMENT Usage
        "the row has no {column}"
        "each row needs a serial and a user"
        "行に {column} がありません"
        "各行にシリアル番号と共通IDが必要です"
    PairsCells "TF-9043" ROW_UNREADABLE INVALID_ARGUMENT Usage
        "the row has more cells than there are columns"
        "put a cell that holds a comma into quotes"
        "列より多くのセルがあります"
        "カンマを含むセルは引用符で囲んでください"
    PairsWord "TF-9044" ROW_UNREADABLE INVALID_ARGUMENT Usage
        "{column} has no such value"
        "use one of: {words}"
        "{column} の値が正しくありません"
        "次のいずれかを指定してください: {words}"
    PairsNone "TF-9045" FILE_EMPTY INVALID_ARGUMENT Usage
        "{file} has no loans"
        "below the line with the names of the columns stands one loan a line"
        "{file} に貸出の行がありません"
        "列の名前の行の下に，1行に1件ずつ書いてください"
    PairsTooMany "TF-9046" FILE_TOO_LARGE INVALID_ARGUMENT Usage
        "{file} is too long: {most} loans at most are made at once; nothing was changed"
        "split it into several files"
        "{file} が長すぎます．一度に貸し出せるのは{most}件までです．何も変更していません"
        "複数のファイルに分けてください"
    PairsRefused "TF-9047" ROWS_REFUSED FAILED_PRECONDITION RowsRefused
        "{refused} of {rows} {rows|loan|loans} can't be made; nothing was changed"
        "mend the list and run it again; -n checks it without lending"
        "{rows}件のうち{refused}件が貸し出せません．何も変更していません"
        "リストを直してもう一度実行してください．-n を付けると，貸し出さずに確かめます"
    SlipToStdout "TF-9048" USAGE INVALID_ARGUMENT Usage
        "a slip does not go to stdout, where the answer goes; nothing was changed"
        "name a file: --slip slip.html"
        "案内は標準出力には書き出せません（結果の出力先です）．何も変更していません"
        "ファイルを指定してください: --slip slip.html"
    SlipUnwritten "TF-9049" WRITE_FAILED INTERNAL Failed
        "{serial} is lent, but its slip can't be written: {file}: {why}"
        "the loan stands: don't make it again. Check the folder and its free space for the next one"
        "{serial} は貸し出しましたが，案内を書き出せません: {file}: {why}"
        "貸出は済んでいます．やり直さないでください．次回のために，フォルダと空き容量を確かめてください"
    DayUnreadable "TF-9090" TIME_UNREADABLE INVALID_ARGUMENT Usage
        "a last day is written like 2027-03-31"
        "it is over at the end of that day in Japan; a loan for today only: --today"
        "期限の日は 2027-03-31 のように書きます"
        "その日の終わり（日本時間）までです．今日だけの貸出は --today で指定します"
    DueUnreadable "TF-9110" TIME_UNREADABLE INVALID_ARGUMENT Usage
        "--due takes a day such as 2027-03-31"
        "the campaign lasts to the end of that day in Japan"
        "--due は 2027-03-31 のような日です"
        "キャンペーンはその日の終わり（日本時間）までです"
    LetterPlaceUnknown "TF-9111" TEMPLATE_INVALID INVALID_ARGUMENT Usage
        "the letter has a place that nothing is known for: {place}"
        "it may have, each in braces: user_id, serials, due_ja, due_en, campaign"
        "手紙のひな形に使えない項目があります: {place}"
        "使える項目（それぞれ波かっこで囲みます）: user_id，serials，due_ja，due_en，campaign"
    NoBarCode "TF-9120" NO_BAR_CODE INVALID_ARGUMENT Usage
        "{serial} has characters that a bar code of this kind can't hold"
        "make its label by hand; nothing was written"
        "{serial} にはこの種類のバーコードで表せない文字があります"
        "このトークンのラベルは手で作ってください．何も書き込んでいません"
    PeopleRefused "TF-2320" DIRECTORY_ROW_INVALID INVALID_ARGUMENT RowsRefused
        "{refused} of {rows} {rows|row|rows} can't be imported; nothing was changed"
        "mend them where the list comes from, and import it again"
        "{rows}行のうち{refused}行が取り込めません．何も変更していません"
        "出力元で直し，もう一度取り込んでください"
    EntriesRefused "TF-2332" DIRECTORY_ROW_INVALID INVALID_ARGUMENT RowsRefused
        "{refused} of {rows} {rows|entry|entries} can't be taken over; nothing was changed"
        "have them mended where they are, or the filter in tokenfleetd.toml narrowed"
        "{rows}件のうち{refused}件のエントリを取り込めません．何も変更していません"
        "LDAP 側で直すか，tokenfleetd.toml の filter を絞ってもらってください"
    AdoptRefused "TF-2816" ADOPT_ROW_INVALID INVALID_ARGUMENT RowsRefused
        "{refused} of {rows} {rows|row|rows} can't be adopted; nothing was changed"
        "mend them, or adopt the others with --keep-going"
        "{rows}行のうち{refused}行が引き継げません．何も変更していません"
        "直すか，--keep-going で残りだけ引き継いでください"
    AdoptLeftOut "TF-9130" ROWS_LEFT_OUT INVALID_ARGUMENT RowsRefused
        "{refused} of {rows} {rows|row|rows} {refused|was|were} left out"
        "mend them and adopt the list again: what is there already stays as it is"
        "{rows}行のうち{refused}行を引き継ぎませんでした"
        "直してからもう一度引き継いでください．すでに引き継いだ内容は変わりません"
    AdoptWouldLeaveOut "TF-9131" ROWS_LEFT_OUT INVALID_ARGUMENT RowsRefused
        "{refused} of {rows} {rows|row|rows} would be left out; nothing was changed"
        "without --dry-run the others are adopted"
        "{rows}行のうち{refused}行は引き継がないことになります．何も変更していません"
        "--dry-run を付けなければ残りを引き継ぎます"
    SinceUnreadable "TF-9140" TIME_UNREADABLE INVALID_ARGUMENT Usage
        "--since takes a day such as 2026-04-01"
        "it looks back to the beginning of that day in Japan; or say how many days: --days N"
        "--since は 2026-04-01 のような日です"
        "その日の始まり（日本時間）からさかのぼります．日数で指定する場合は --days N です"
    NoPicture "TF-9141" NO_PICTURE INVALID_ARGUMENT Usage
        "only tokenadm report draws pictures; nothing was done"
        "use another form, such as -o table or -o json"
        "図を描けるのは tokenadm report だけです．何も行っていません"
        "-o table や -o json など，ほかの形式を指定してください"
    SecretsTooMany "TF-9142" SECRETS_TOO_MANY INVALID_ARGUMENT Usage
        "{count} key and passphrase files were named; at most {limit} are tried"
        "name those of this delivery alone"
        "鍵とパスフレーズのファイルが{count}個指定されています．試すのは{limit}個までです"
        "この納品のものだけを指定してください"
    KeyFileEmpty "TF-9143" KEY_FILE_EMPTY INVALID_ARGUMENT Usage
        "{file} is empty, and so no key"
        "look whether it was saved whole, and name the file with the key"
        "{file} は空で，鍵ではありません"
        "ファイルが正しく保存されているか確かめ，鍵のファイルを指定してください"
    RenewalRunning "TF-9091" RENEWAL_RUNNING ABORTED Conflict
        "another renewal of this profile is running"
        "let it end, then see: tokenadm whoami"
        "このプロファイルの更新が別に実行中です"
        "終わるのを待ってから確かめてください: tokenadm whoami"
}
