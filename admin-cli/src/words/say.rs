//! What tokenadm tells while it works, and the words of its tables.

use super::{Lang, Place, fill};

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
    Semicolon "; " "．"

    // People and their directory.
    IdOf "{user} ({who})" "{user}（{who}）"
    DirectoryImported
        "{people} {people|person|people} in the directory, as {file} has {people|them|them}"
        "名簿を {file} のとおりにしました（{people}人）"
    WouldImportDirectory
        "the directory would have {people} {people|person|people}, as {file} has {people|them|them}; nothing was changed"
        "名簿は {file} のとおり{people}人になります．何も変更していません"
    DirectoryCounts
        "{added} new, {changed} changed, {unchanged} the same, {gone} gone"
        "新規 {added}人，変更 {changed}人，変更なし {unchanged}人，離籍 {gone}人"
    DirectoryRefreshed
        "the directory is as the LDAP server has it: {people} {people|person|people}"
        "名簿を LDAP サーバのとおりにしました（{people}人）"
    WouldRefreshDirectory
        "the directory would be as the LDAP server has it: {people} {people|person|people}; nothing was changed"
        "名簿は LDAP サーバのとおり{people}人になります．何も変更していません"
    AtEntry "{entry}:" "{entry}:"
    AtEntryFact "{entry} ({fact}):" "{entry}（{fact}）:"
    HeadDirectorySource "SOURCE" "読み込み元"
    SourceLists "lists that are imported" "一覧の取り込み"
    HeadPeople "PEOPLE" "人数"
    HeadDirectoryUpdated "AS OF" "反映日時"
    HeadLastRefresh "LAST REFRESH" "前回の更新"
    HeadNextRefresh "NEXT REFRESH" "次回の更新"
    RefreshWorked "{time}: {counts}" "{time}: {counts}"
    RefreshFailed "{time}: {message} [{code}]" "{time}: {message} [{code}]"
    DirectoryIsFresh "the directory was refreshed from {source} at {time}" "名簿は {time} に {source} から更新されています"
    PartsPassedOver "not read: {parts}" "読まなかったもの: {parts}"
    ColumnsIgnored "columns that were not read: {columns}" "読まなかった列: {columns}"
    HeadPersonName "NAME" "氏名"
    HeadKana "KANA" "氏名カナ"
    HeadLatin "LATIN" "氏名英字"
    HeadPersonKind "KIND" "区分"
    HeadPersonLastDay "LAST DAY" "最終日"
    HeadMergedInto "MERGED INTO" "統合先"
    HeadOtherId "OTHER ID" "別の共通ID"
    HeadGone "GONE SINCE" "名簿から消えた日時"
    HeadForgotten "NAMES REMOVED" "氏名の削除日時"
    PersonFaculty "faculty" "教員"
    PersonStaff "staff" "職員"
    PersonStudent "student" "学生"
    PersonOther "other" "その他"
    PersonCurrent "current" "在籍"
    PersonEnded "ended" "在籍終了"
    PersonGone "gone" "名簿にない"
    PersonMerged "merged" "統合済み"

    // Where a problem stands in a file.
    AtLine "{file} line {line}" "{file} {line}行目"
    AtColumn "{file} line {line}, column {column}" "{file} {line}行目 {column}列目"
    AtNamedColumn "{file} line {line}, column {column} ({name})" "{file} {line}行目 {column}列目（{name}）"
    WithdrawnRow
        "another row of this file has the same serial number and another secret key"
        "同じシリアル番号で別のシードの行がこのファイルにあります"
    WithdrawnHint "ask the vendor which row is right" "どちらの行が正しいか製造元に問い合わせてください"

    // Reading and importing.
    Reading
        "Reading {file}: {format}, {encoding}, {columns} {columns|column|columns} (layout: {layout}; secrets: {secrets})"
        "{file} を読んでいます: {format}，{encoding}，{columns}列（レイアウト: {layout}，シード: {secrets}）"
    ReadingText
        "Reading {file}: {layout}, {encoding} (secrets: {secrets})"
        "{file} を読んでいます: {layout}，{encoding}（シード: {secrets}）"
    ReadingTable
        "Reading {file}: {format}, {columns} {columns|column|columns} (layout: {layout}; secrets: {secrets})"
        "{file} を読んでいます: {format}，{columns}列（レイアウト: {layout}，シード: {secrets}）"
    ReadingBytes
        "Reading {file}: {layout} (secrets: {secrets})"
        "{file} を読んでいます: {layout}（シード: {secrets}）"
    ReadingPart "of it: {part}" "対象: {part}"
    Encrypted "encrypted with {cipher}, {opened}" "暗号化: {cipher}（{opened}）"
    EncryptedWithMac
        "encrypted with {cipher}, {opened}; integrity codes: {mac}"
        "暗号化: {cipher}（{opened}），改ざん検知: {mac}"
    OpenedByKey "opened by a key that was agreed on" "事前共有鍵で復号"
    OpenedByPassphrase "opened by a passphrase" "パスフレーズで復号"
    OpenedByRounds
        "opened by a passphrase (PBKDF2, {rounds} {rounds|round|rounds})"
        "パスフレーズで復号，PBKDF2 反復{rounds}回"
    AskKey "The key of {file}, as hex (it is not shown): " "{file} の鍵（16進．画面には表示されません）: "
    AskNamedKey
        "The key {name} of {file}, as hex (it is not shown): "
        "{file} の鍵 {name}（16進．画面には表示されません）: "
    AskPassphrase
        "The passphrase of {file} (it is not shown): "
        "{file} のパスフレーズ（画面には表示されません）: "
    AskNamedPassphrase
        "The passphrase for “{name}” of {file} (it is not shown): "
        "{file} の「{name}」のパスフレーズ（画面には表示されません）: "
    SecretWrong
        "that does not open it; try again, or press Enter to give up"
        "それでは開けません．もう一度入力するか，Enter だけを押して中止してください"
    LeftOut
        "{keys} {keys|key|keys} left out ({place}): {message}"
        "{keys}個の鍵は取り込みの対象外です（{place}）: {message}"
    SecretsBecause "{encoding}, {why}" "{encoding}，{why}"
    MoreProblems "and {more} more; --json lists them all" "ほかに{more}件あります．--json ですべて表示できます"
    MoreInList "and {more} more; all are in {list}" "ほかに{more}件あります．すべて {list} に書き出しました"
    RowsSoFar "{rows} {rows|row|rows}" "{rows}行"
    Imported "{created} {created|token|tokens} in stock, lot {lot}" "{created}本を在庫に登録しました（ロット {lot}）"
    ImportedClosed
        "{created} {created|token|tokens} in lot {lot}, which is closed: the seeds read as hex and as Base32 alike, so none can be lent before one code has shown which it is"
        "{created}本をロット {lot} に登録しました．シードが16進とも Base32 とも読めるためロットは閉じていて，コード一つで読み方を確かめるまで貸し出せません"
    WouldBeClosed
        "the seeds read as hex and as Base32 alike: the lot would be closed, and no token of it lent, before one code has shown which it is"
        "シードが16進とも Base32 とも読めるため，ロットは閉じた状態で登録され，コード一つで読み方を確かめるまで貸し出せません"
    NextProve
        "press the button of any token of the lot and give what it shows: tokenadm lot prove {lot} <serial> <code>"
        "ロットのどれか一つのトークンのボタンを押し，表示されたコードで確かめてください: tokenadm lot prove {lot} <serial> <code>"
    ImportedBefore
        "{file} was imported before: it is lot {lot} ({state})"
        "{file} は取り込み済みで，ロット {lot}（{state}）になっています"
    EncodingOpen "{encodings} (unproven)" "{encodings}（未確認）"
    StandardInput "standard input" "標準入力"
    SecretsUnused
        "no file asked for what these options give: {options}"
        "次のオプションで渡されたものを必要とするファイルはありませんでした: {options}"
    CheckOne "Check" "確認"
    CheckLot "tokenadm lot prove {lot} <serial> <code>, with one token in hand" "手元の一つのトークンで tokenadm lot prove {lot} <serial> <code>"
    ImportedNothing "nothing new in {file}; nothing was changed" "{file} に新しいトークンはありません．何も変更していません"
    WouldImport
        "{created} {created|token|tokens} of {file} could be imported; nothing was changed"
        "{file} の{created}本を取り込めます．何も変更していません"
    Completed
        "{completed} {completed|token that was|tokens that were} recorded without a seed {completed|has|have} one now, lot {lot}"
        "シードなしで記録していた{completed}本にシードを登録しました（ロット {lot}）"
    WouldComplete
        "would give {completed} {completed|token that was|tokens that were} recorded without a seed {completed|its|their} own; nothing was changed"
        "シードなしで記録した{completed}本にシードを登録することになります．何も変更していません"
    Updated
        "{updated} {updated|token that was|tokens that were} known {updated|is|are} now described as in {file}"
        "登録済みの{updated}本の登録内容を {file} に合わせました"
    WouldUpdate
        "would describe {updated} {updated|token that is|tokens that are} known as {file} does; nothing was changed"
        "登録済みの{updated}本の登録内容を {file} に合わせることになります．何も変更していません"
    ImportCounts
        "{created} new · {unchanged} unchanged (same serial, same seed) · {refused} refused"
        "新規 {created} · 変更なし {unchanged}（シリアル番号とシードが同じ） · 拒否 {refused}"
    ImportExpired
        "{expired} {expired|is|are} past the vendor's date: {expired|its|their} codes are never accepted"
        "{expired}本は製造元の定める期限を過ぎており，確認コードは受け付けられません"
    ImportShortSeeds
        "{tokens} {tokens|seed is|seeds are} shorter than RFC 4226 and RFC 6238 recommend (20 bytes; 32 with SHA-256, 64 with SHA-512): ask the vendor for longer ones when you order again"
        "{tokens}本のシードが RFC 4226 と RFC 6238 の推奨（20バイト．SHA-256では32，SHA-512では64）より短くなっています．次回の発注時に長いものを製造元に依頼してください"
    ImportNotYet
        "{tokens} {tokens|token|tokens} may not be used before {date}, as the vendor says; lend {tokens|it|them} from then on only, since nothing here looks at that"
        "{tokens}本は，製造元の定める使用開始日（{date}）より前には使えません．貸出時には確認されないため，それまで貸し出さないでください"
    ImportedWithoutVendor
        "{tokens} {tokens|token has|tokens have} no vendor (the file names none, or none in letters a-z); --vendor NAME names one: undo this import, then import again with it"
        "{tokens}本は製造元が不明です（ファイルに製造元がないか，英字で書かれていません）．--vendor NAME で指定できます．この取り込みを取り消し，付けて取り込み直してください"
    WouldImportWithoutVendor
        "{tokens} {tokens|token would have|tokens would have} no vendor (the file names none, or none in letters a-z); --vendor NAME names one"
        "{tokens}本は製造元が不明のままになります（ファイルに製造元がないか，英字で書かれていません）．--vendor NAME で指定できます"
    GoodRowsRemain
        "--keep-going imports the {good} good {good|row|rows} and lists the others in {list} (no seeds in it)"
        "--keep-going では残りの{good}行を取り込み，取り込めない行を {list} に書き出します（シードは書きません）"
    WouldBeListed
        "without --dry-run they are listed in {list} (no seeds in it)"
        "--dry-run を付けなければ {list} に書き出します（シードは書きません）"
    NoGoodRows "mend them, or ask the vendor for the file again" "直すか，製造元にファイルを問い合わせてください"
    NextPlan
        "the same again, with --plan {plan} in the place of --dry-run"
        "同じコマンドを --dry-run の代わりに --plan {plan} を付けて実行してください"
    NotTried "not tried: {files}" "試していないファイル: {files}"
    NextAssign "tokenadm assign <serial> <user-id>" "tokenadm assign <serial> <user-id>"
    Inspected "{keys} {keys|key|keys} in {file}; nothing was stored" "{file} に鍵が{keys}個あります．何も保存していません"

    // Lending.
    Lent "{token} is lent to {user} until it is returned" "{token} を {user} に貸し出しました（返却されるまで）"
    LentUntil "{token} is lent to {user} until {day}" "{token} を {user} に貸し出しました（期限 {day}）"
    LastDayBeforeDue
        "the loan lasts until {due}, and the last day of {user} is {day}"
        "貸出期限は {due} ですが，{user} の在籍は {day} までです"
    LastDayBeforeNoDue
        "the last day of {user} is {day}, and the loan has no end: --until sets one"
        "{user} の在籍は {day} までですが，貸出期限がありません．--until で決められます"
    DueOn "due on {day}" "貸出期限 {day}"
    RouteSelf "self" "本人申請"
    RouteProxy "proxy" "代理申請"
    HeadRoute "ROUTE" "申請"
    HeadTicket "TICKET" "受付番号"
    HeadDue "DUE" "貸出期限"
    SlipWritten "the slip for the person is in {file}" "本人に渡す案内を {file} に書き出しました"
    LentAll "{tokens} {tokens|token is|tokens are} lent" "{tokens}本を貸し出しました"
    WouldLendAll
        "{tokens} {tokens|token|tokens} can be lent; nothing was changed"
        "{tokens}本を貸し出せます．何も変更していません"
    HeadRefusedAs "REFUSED AS" "拒否コード"
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

    // The stock.
    Sent
        "{tokens} {tokens|token is|tokens are} on the way to {to}: transfer {transfer}"
        "{tokens}本を {to} に発送しました（移送 {transfer}）"
    WouldSend
        "{tokens} {tokens|token|tokens} can be sent to {to}; nothing was changed"
        "{tokens}本を {to} に発送できます．何も変更していません"
    NextReceive
        "when they come: tokenadm receive {transfer}      one by one: tokenadm receive {transfer} --scan"
        "届いたら: tokenadm receive {transfer}      1本ずつ確かめるとき: tokenadm receive {transfer} --scan"
    Received
        "{came} of {tokens} {tokens|token|tokens} of transfer {transfer} came to {to}"
        "移送 {transfer} の{tokens}本のうち{came}本が {to} に届きました"
    WouldReceive
        "this can be received; {came} of {tokens} {tokens|token|tokens} of transfer {transfer} came to {to} so far; nothing was changed"
        "受け取れます．移送 {transfer} の{tokens}本のうち，これまでに{came}本が {to} に届いています．何も変更していません"
    StillOnTheWay "still on the way: {serials}" "まだ届いていないもの: {serials}"
    AndMore " and {more} more" " ほか{more}本"
    ModelSaid "what is known of {model} by {vendor} was changed" "{vendor} の機種 {model} の情報を変更しました"
    LowAt
        "low stock: {free} of {model} by {vendor} {free|is|are} free in {location}, {least} {least|is|are} wanted"
        "在庫不足: {location} の {vendor} {model} は残り{free}本です（必要数{least}本）"
    LowInAll
        "low stock: {free} of {model} by {vendor} {free|is|are} free in all locations, {least} {least|is|are} wanted"
        "在庫不足: 全保管場所の {vendor} {model} は残り{free}本です（必要数{least}本）"
    NextFree "{token} is the next free one in {location}" "{location} で次に貸し出すのは {token} です"
    Reserved "{token} in {location} is kept for {user}" "{location} の {token} を {user} に取り置きました"
    WouldReserve
        "{token} in {location} can be kept for {user}; nothing was changed"
        "{location} の {token} を {user} に取り置けます．何も変更していません"
    SetFree "{token} is free again" "{token} の取り置きを取り消しました"
    WouldSetFree
        "{token} can be set free; nothing was changed"
        "{token} の取り置きを取り消せます．何も変更していません"
    StocktakeBegun "stocktake {stocktake} of {location} has begun" "{location} の棚卸し {stocktake} を始めました"
    NextScan "tokenadm stocktake scan {stocktake}      at the end: tokenadm stocktake close {stocktake}"
        "tokenadm stocktake scan {stocktake}      終わりに: tokenadm stocktake close {stocktake}"
    ScannedAs "{serial}: {word}" "{serial}: {word}"
    ScannedAgain "{serial}: {word}; it was scanned before" "{serial}: {word}（スキャン済み）"
    StocktakeEnded
        "stocktake {stocktake} of {location} is closed: {found} found, {missing} missing, {surplus} surplus"
        "{location} の棚卸し {stocktake} を終えました: 確認{found}，不足{missing}，余分{surplus}"
    WouldClose
        "stocktake {stocktake} of {location} would end with {found} found, {missing} missing, {surplus} surplus; nothing was changed"
        "{location} の棚卸し {stocktake} を今終えた場合: 確認{found}，不足{missing}，余分{surplus}．何も変更していません"
    CountedFound "it belongs here" "ここで保管しているもの"
    CountedMissing "missing" "不足"
    CountedElsewhere "surplus: it belongs elsewhere" "余分（別の場所で保管しているもの）"
    CountedInTransit "surplus: it is on its way with a transfer" "余分（輸送中のもの）"
    CountedLent "surplus: it is lent" "余分（貸出中のもの）"
    CountedLost "surplus: it was reported lost" "余分（紛失届のあるもの）"
    CountedRetired "surplus: it was retired" "余分（廃棄したもの）"
    CountedUnknown "surplus: no such token is known" "余分（登録のないもの）"
    LabelsWritten "{labels} {labels|label|labels} in {file}" "ラベル{labels}枚を {file} に書き出しました"
    InTransit "on the way" "輸送中"
    HasCome "received" "受領済み"
    GoneOnTheWay "retired on the way" "輸送中に廃棄"
    LocationAdded "{location} ({title}) is a location now" "保管場所 {location}（{title}）を追加しました"

    // What happens to a token after it was lent.
    Replaced
        "{token} is lent to {user} in the place of {old} ({state})"
        "{user} に {old}（{state}）の代わりに {token} を貸し出しました"
    ReplacedForNow
        "{token} is lent to {user} in the place of {old}, which counts no more and is still to be handed in"
        "{user} に {old} の代わりに {token} を貸し出しました．{old} は使えなくなり，後日返却してもらいます"
    WouldReplace
        "{token} can be lent to {user} in the place of {old}; nothing was changed"
        "{user} に {old} の代わりに {token} を貸し出せます．何も変更していません"
    NextHandIn
        "when {serial} is handed in: tokenadm return {serial}"
        "{serial} が返却されたら: tokenadm return {serial}"
    ReportedLost
        "{token} is recorded as lost; its codes count no more (it is lent to {user})"
        "{token} を紛失として記録しました．確認コードは使えなくなりました（貸出先は {user}）"
    NextReplaceLost
        "tokenadm replace {serial} <new-serial> --reason lost      if it turns up: tokenadm found {serial} <code> <code>"
        "tokenadm replace {serial} <new-serial> --reason lost      見つかったら: tokenadm found {serial} <code> <code>"
    FoundInStock "{token} was found and is back in stock" "{token} が見つかり，在庫に戻しました"
    FoundByHolder "{token} is back with {user}; its codes count again" "{token} は {user} の手元に戻り，確認コードがまた使えます"
    SuspendedNow
        "{token} of {user} is suspended; its codes count no more"
        "{user} の {token} を一時停止しました．確認コードは使えません"
    NextResume "tokenadm resume {serial}" "tokenadm resume {serial}"
    ResumedNow "the codes of {token} of {user} count again" "{user} の {token} を再開しました．確認コードがまた使えます"
    BoundAnew
        "the codes of {token} of {user} count again; its wrong ones are forgotten"
        "{user} の {token} の確認コードがまた使えます．誤りの回数は消しました"
    RetiredNow
        "{token} is out of service for good; its seed is destroyed, its record stays"
        "{token} を廃棄しました．シードは消去し，記録は残します"
    WouldMove "that can be done with {token}; nothing was changed" "{token} に対してその操作ができます．何も変更していません"
    UserChanged
        "{tokens} {tokens|token|tokens} of {user} went over to {new_user}"
        "{user} のトークン{tokens}本を {new_user} に移しました"
    WouldChangeUser
        "{tokens} {tokens|token|tokens} of {user} can go over to {new_user}; nothing was changed"
        "{user} のトークン{tokens}本を {new_user} に移せます．何も変更していません"
    ConfirmRetire
        "This destroys the seed of {name} for good. Type {name} to confirm: "
        "{name} のシードを完全に消去します．確認のため {name} と入力してください: "
    ConfirmRetireSeveral
        "This destroys the seeds of {name} tokens for good. Type {name} to confirm: "
        "{name}本のトークンのシードを完全に消去します．確認のため {name} と入力してください: "
    ReasonOther "other" "その他"
    ReasonFaulty "faulty" "故障"
    ReasonBattery "battery" "電池切れ"
    ReasonLeaving "leaving" "離職・卒業"
    ReasonExchange "exchange" "交換"
    ReasonMerged "merged" "共通IDの統合"
    ReasonLost "lost" "紛失"
    ReasonFound "found" "発見"
    ReasonAdopted "ended before" "引き継ぎ前に終了"
    ReasonRetired "retired" "廃棄"
    HeadFrom "FROM" "貸出日時"
    HeadSince "FROM" "日時"
    FromList "{file} (adopted by {operator})" "{file}（{operator} が引き継ぎ）"
    HeldFromUntil
        "{at}: {token} was lent to {user}, from {from} until {until}"
        "{at}: {token} は {user} に貸し出していました（{from} から {until} まで）"
    HeldSince
        "{at}: {token} was lent to {user}, since {from}, and still is"
        "{at}: {token} は {user} に貸し出していました（{from} から現在まで）"
    NobodyHeld "{at}: {of} was lent to nobody" "{at}: {of} は誰にも貸し出していませんでした"
    NothingHeld "{at}: nothing was lent to {of}" "{at}: {of} に貸し出していたものはありません"
    HistoryGoesOn
        "what came before is not shown here: tokenadm loans shows all loans, tokenadm audit list all the rest"
        "これより前は表示していません．貸出は tokenadm loans，その他は tokenadm audit list ですべて表示できます"
    HeadUntil "UNTIL" "終了日時"
    HeadLentBy "LENT BY" "貸出担当者"
    HeadEndedBy "ENDED BY" "終了担当者"
    HeadReason "WHY" "理由"
    HeadChecked "CHECKED" "本人確認"
    HeadNote "NOTE" "メモ"
    HeadEndNote "NOTE AT THE END" "終了時のメモ"

    // How far a person has got.
    StepLent "a token is lent" "トークンが貸し出されている"
    StepCounts "its codes count" "確認コードが使える"
    StepProven "it was proven by a code" "確認コードで現物を確かめた"
    StepClockInside "its clock is inside the window of Entra" "時計が Entra の許容範囲内にある"
    StepRegistered "Entra knows it" "Entra に登録されている"
    MetYes "yes" "はい"
    MetNo "not yet" "未"
    MetUnknown "not known" "不明"
    HeadStep "STEP" "段階"
    HeadMet "SO FAR" "状況"
    MayApply "{user} may apply for multi-factor authentication now" "{user} は今，多要素認証の利用を申請できます"
    MayNotApply
        "{user} must not apply for multi-factor authentication yet"
        "{user} はまだ多要素認証の利用を申請できません"
    MayApplyOnceRegistered
        "{user} may apply for multi-factor authentication once Entra shows the token as registered and activated; look there"
        "{user} が多要素認証の利用を申請できるのは，Entra でトークンが登録・有効化されてからです．Entra で確かめてください"
    NextLend "tokenadm assign <serial> {user}" "tokenadm assign <serial> {user}"
    NextLookAt "tokenadm show {serial}" "tokenadm show {serial}"
    NextResync "tokenadm resync {serial}" "tokenadm resync {serial}"
    NextClockOutside
        "tokenadm replace {serial} <new-serial>      or register it anew in Entra"
        "tokenadm replace {serial} <new-serial>      または Entra に登録し直してください"

    // Codes and clocks.
    CodeCounts "{serial}: the code is right" "{serial}: 確認コードは正しいです"
    InStep "{serial} is in step again" "{serial} を再同期しました"
    Clock "clock {offset}" "時計 {offset}"
    ClockWas "clock {offset} (was {previous})" "時計 {offset}（前回 {previous}）"
    ClockDrifts "clock {offset} (was {previous}; {rate} a day)" "時計 {offset}（前回 {previous}，1日に {rate}）"
    InsideWindow "inside Entra's ±{window} s" "Entra の ±{window} 秒以内"
    OutsideWindow
        "outside Entra's ±{window} s: Entra will refuse its codes"
        "Entra の ±{window} 秒の外: Entra はこのコードを受け付けません"
    ClockWasOutside
        "its clock was {offset} when it was last seen, outside Entra's ±{window} s: look at it again (tokenadm resync {serial}), or lend another token"
        "最後に確認したときの時計のずれは {offset} で，Entra の ±{window} 秒の外です．もう一度確かめる（tokenadm resync {serial}）か，別のトークンを貸し出してください"
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
    NextShow "tokenadm show {serial}" "tokenadm show {serial}"
    SeveralShowThem
        "several tokens show these codes; pass the next one as a third"
        "複数のトークンがこのコードを表示します．次のコードを三つ目として入力してください"
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
    LotProven "lot {lot} is read right: {serial} shows the code that was expected" "ロット {lot} の読み方は正しいことを確認しました（{serial} のコードが一致）"
    LotOpened
        "lot {lot} is open, {tokens} {tokens|token|tokens}: the code of {serial} settles that its secrets are {encoding}"
        "ロット {lot}（{tokens}本）を開きました．{serial} のコードにより，シードは {encoding} と決まりました"
    LotReread
        "lot {lot} is read anew and open, {tokens} {tokens|token|tokens}: the code of {serial} fits {reading}"
        "ロット {lot}（{tokens}本）を読み直して開きました．{serial} のコードは {reading} と一致します"
    LotRereadKept
        "lot {lot} is read anew, {tokens} {tokens|token|tokens}: the code of {serial} fits {reading}; its state stays as it was"
        "ロット {lot}（{tokens}本）を読み直しました．{serial} のコードは {reading} と一致します．ロットの状態は変わりません"
    ReadingOfClock "{encoding}, {algorithm}, {digits} digits, {period} s" "{encoding}，{algorithm}，{digits}桁，{period}秒"
    ReadingOfButton "{encoding}, {algorithm}, {digits} digits" "{encoding}，{algorithm}，{digits}桁"
    WouldProve "lot {lot} can be proven with {serial}; no code was looked at" "ロット {lot} の読み方を {serial} で確認できます．コードは判定していません"
    ProofBy "{serial}, {time}, by {operator}" "{serial}，{time}，{operator}"
    DeliveryExpected
        "the box of lot {lot} held {tokens} {tokens|token|tokens} ({vendor} {model}, {order}); its seed file is waited for"
        "ロット {lot} の納品内容を登録しました: {vendor} {model}，{tokens}本（{order}）．シードファイルの取り込みを待っています"
    WouldExpect
        "lot {lot} can be expected: {tokens} {tokens|token|tokens} ({vendor} {model}, {order}); nothing was changed"
        "ロット {lot} の納品内容を登録できます: {vendor} {model}，{tokens}本（{order}）．何も変更していません"
    DeliveryEntered
        "the box of lot {lot} held {tokens} {tokens|token|tokens} ({vendor} {model}, {order})"
        "ロット {lot} の納品内容: {vendor} {model}，{tokens}本（{order}）"
    DeliveryMet
        "lot {lot} is what its box held: {expected} {expected|token|tokens}"
        "ロット {lot} は納品内容と一致しています（{expected}本）"
    DeliveryAccepted
        "lot {lot} is not what its box held, and that was accepted: {missing} missing, {surplus} surplus, {others} of another vendor or model"
        "ロット {lot} は納品内容と異なりますが，承認済みです（不足{missing}本，余分{surplus}本，製造元や機種の違い{others}本）"
    DeliveryDiffers
        "lot {lot} is not what its box held ({expected} {expected|token|tokens}; the file has {found}): {missing} missing, {surplus} surplus, {others} of another vendor or model"
        "ロット {lot} は納品内容（{expected}本．ファイルには{found}本）と異なります: 不足{missing}本，余分{surplus}本，製造元や機種の違い{others}本"
    DeliveryCancelled "the seed file of lot {lot} is not waited for any more" "ロット {lot} のシードファイルの取り込み待ちを取りやめました"
    WouldCancelDelivery "lot {lot} can be given up; nothing was changed" "ロット {lot} の取り込み待ちを取りやめられます．何も変更していません"
    DeliveryInShort "{tokens} of {vendor} {model}, {order}: {state}" "{vendor} {model}，{tokens}本，{order}（{state}）"
    NextImportLot "tokenadm import FILE --lot {lot}" "tokenadm import FILE --lot {lot}"
    NextAccept
        "count the box again and write it down anew; where the difference is right, with --accept-difference. All of it: tokenadm lot compare {lot}"
        "箱を数え直して登録し直してください．差異が正しければ --accept-difference を付けます．すべての差異: tokenadm lot compare {lot}"
    ScannedTwice "{count} {count|line|lines} named a serial that was scanned already; each counts once" "すでに読み取ったシリアル番号が{count}行ありました．1本として数えます"
    IsMissing "{serial} is in the box, not in the file" "{serial} は箱にありますが，ファイルにありません"
    IsSurplus "{serial} is in the file, not in the box" "{serial} はファイルにありますが，箱にありません"
    IsOther "{keys} {keys|key|keys} of the file {keys|is|are} of {kind}" "ファイルの{keys}件は {kind} のものです"
    MoreDifferences "and {more} more; -o csv and --json have them" "ほかに{more}件あります．-o csv や --json で表示できます"
    SourceDestroyed "the seed file of lot {lot}, {file}, is on record as destroyed" "ロット {lot} のシードファイル {file} の廃棄を記録しました"
    WouldConfirmDestroyed "the destruction of the seed file of lot {lot}, {file}, can be confirmed; nothing was changed" "ロット {lot} のシードファイル {file} の廃棄を記録できます．何も変更していません"
    DestroyedBy "{day}, {method}, by {by}; confirmed by {operator}" "{day}，{method}，{by}（確認: {operator}）"
    LotKept "lot {lot} is quarantined ({tokens} {tokens|token|tokens}): nothing of it is lent, and no code of it counts" "ロット {lot}（{tokens}本）を隔離しました．貸出はできず，確認コードも受け付けません"
    WouldQuarantine "lot {lot} can be quarantined ({tokens} {tokens|token|tokens}); nothing was changed" "ロット {lot}（{tokens}本）を隔離できます．何も変更していません"
    LotLetGo "lot {lot} is open again ({tokens} {tokens|token|tokens})" "ロット {lot}（{tokens}本）をまた使えるようにしました"
    WouldOpen "lot {lot} can be opened ({tokens} {tokens|token|tokens}); nothing was changed" "ロット {lot}（{tokens}本）を開けます．何も変更していません"
    LotCalledBack
        "lot {lot} is recalled: nothing of it is lent any more; codes of the tokens above count until they are stopped"
        "ロット {lot} を回収中です．新たな貸出はできません．上のトークンの確認コードは，止めるまで有効です"
    WouldRecall
        "lot {lot} can be recalled; these people hold its tokens. Nothing was changed"
        "ロット {lot} を回収できます．上の人がトークンを持っています．何も変更していません"
    NextStop
        "tokenadm lot recall {lot} --stop <serial> stops the codes of one, --stop-all those of all"
        "確認コードを止めるには tokenadm lot recall {lot} --stop <serial>（すべてなら --stop-all）"
    CodesStopped "the codes of {count} {count|token|tokens} of lot {lot} are stopped" "ロット {lot} の{count}本の確認コードを止めました"
    WouldStop "the codes of {count} {count|token|tokens} of lot {lot} would be stopped; nothing was changed" "ロット {lot} の{count}本の確認コードを止めることになります．何も変更していません"
    WouldStopMore "the codes of {count} tokens of lot {lot}, and of more, would be stopped; nothing was changed" "ロット {lot} の{count}本とその他のトークンの確認コードを止めることになります．何も変更していません"
    ConfirmQuarantine "This stops the codes of everybody who holds a token of the lot. Type {name} to confirm: " "このロットのトークンを持つすべての人の確認コードを止めます．確認のため {name} と入力してください: "
    ConfirmRevert "This takes all tokens of the lot out again. Type {name} to confirm: " "このロットのトークンをすべて取り消します．確認のため {name} と入力してください: "
    ConfirmRevoke "This ends the operator and all certificates of that name. Type {name} to confirm: " "この担当者とその証明書をすべて失効させます．確認のため {name} と入力してください: "
    OperatorAdded "operator {name} ({roles}) is added; the profile is in {folder}" "担当者 {name} を追加しました．役割: {roles}．プロファイル: {folder}"
    WouldAddOperator
        "operator {name} ({roles}) can be added; nothing was changed"
        "担当者 {name} を追加できます．役割: {roles}．何も変更していません"
    HandOver
        "hand the folder over safely (it holds the key); there: tokenadm --config {file} whoami"
        "フォルダには鍵があります．安全に渡してください．渡した先で: tokenadm --config {file} whoami"
    OperatorSet
        "operator {name} now has {roles}, for departments: {departments}"
        "担当者 {name} を変更しました．役割: {roles}．部局: {departments}"
    WouldSetOperator
        "operator {name} would have {roles}, for departments: {departments}; nothing was changed"
        "担当者 {name} を変更できます．役割: {roles}．部局: {departments}．何も変更していません"
    CertificateIssued
        "a new certificate for operator {name} is in {folder}"
        "担当者 {name} の新しい証明書は {folder} にあります"
    WouldIssueCertificate
        "operator {name} can have a new certificate; nothing was changed"
        "担当者 {name} に新しい証明書を発行できます．何も変更していません"
    CertificateRenewed
        "the certificate of {name} is renewed until {date}"
        "{name} の証明書を更新しました（期限 {date}）"
    WouldRenewCertificate
        "the certificate of {name} can be renewed; nothing was changed"
        "{name} の証明書を更新できます．何も変更していません"
    CertificateEnds
        "your certificate ends on {date}: tokenadm operator renew"
        "あなたの証明書は {date} に期限が切れます: tokenadm operator renew"
    OperatorRevoked "operator {name} is revoked, on open connections too" "担当者 {name} を失効させました（接続中も含む）"
    WouldRevokeOperator
        "operator {name} can be revoked; nothing was changed"
        "担当者 {name} を失効できます．何も変更していません"
    ChainsIntact "the record is whole (events: {events}, chains: {chains})" "記録は完全です（件数: {events}，鎖: {chains}）"
    OwnEventsOnly
        "only your own events; an auditor for all departments sees all"
        "自分の操作だけの一覧です．すべてを見るには，全部局を受け持つ監査（auditor）の役割が必要です"
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
    ScanEnds "one after the other; {keys} ends it" "続けて読み取ってください．終わるには {keys} を押します"
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
    SignedInAs "you are {name}: {roles}" "担当者 {name} としてサインインしています．役割: {roles}"
    VersionsAgree "tokenadm and the server are both {here}" "tokenadm とサーバの版は同じです（{here}）"
    VersionsWorkTogether
        "tokenadm is {here} and the server {there}; they work together"
        "tokenadm の版は {here}，サーバの版は {there} です．組み合わせて使えます"
    VersionsDiffer
        "tokenadm is {here} and the server {there}; they are too far apart to be relied on"
        "tokenadm の版は {here}，サーバの版は {there} です．版が離れすぎており，正しく動くとは限りません"
    InstallVersion "install tokenadm {there}" "tokenadm {there} を入れてください"
    ClockIsTrusted "the server trusts its clock" "サーバは自分の時計を信頼しています"
    ClockIsNotTrusted
        "the server does not trust its clock: it judges codes, but resyncs no token now"
        "サーバが自分の時計を信頼していないため，時刻補正ができません（確認コードは判定します）"
    WaitForClock
        "wait some minutes; if it stays so, have its time source (NTP) looked at"
        "数分待ってください．続くようならサーバの時刻の同期（NTP）を調べてもらってください"
    RowsAreWhole "no damaged row of the database was met" "データベースに破損した行は見つかっていません"
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
    AskPassword "A password for the file (it is not shown): " "ファイルのパスワード（画面には表示されません）: "
    AskPasswordAgain "The same once more: " "もう一度: "
    ProfileExported "the key and the certificates of {name} are in {file}" "{name} の鍵と証明書を {file} に書き出しました"
    NextInstall
        "install it, hand its password over by another way, then delete it: it holds the key"
        "導入が済んだら消してください（鍵が入っています）．パスワードは別の方法で渡してください"
    PagesWritten "the man pages are in {folder}" "マニュアルページを {folder} に書き出しました"

    // Practice.
    PracticeMade "{count} made-up {count|token|tokens} in {folder}" "練習用トークン{count}本を {folder} に作りました"
    NextImport "tokenadm import {file}" "tokenadm import {file}"
    NextImportAsPractice "tokenadm import {file} --vendor practice" "tokenadm import {file} --vendor practice"
    NextPracticeCode "tokenadm practice code {serial} --dir {folder}" "tokenadm practice code {serial} --dir {folder}"

    // Talk of -v.
    Connected "connected to {server}" "{server} に接続しました"
    Asking "request_id {id}" "request_id {id}"

    // Adopting a list.
    ReadingList "Reading {file}: {format}, {encoding}" "{file} を読んでいます: {format}，{encoding}"
    Adopted
        "{lent} {lent|loan|loans} adopted, {past} {past|loan|loans} that ended; {seedless} {seedless|token|tokens} recorded without a seed"
        "{lent}件の貸出と{past}件の終わった貸出を引き継ぎました．シードなしで記録したトークン: {seedless}本"
    WouldAdopt
        "would adopt {lent} {lent|loan|loans}, {past} {past|loan|loans} that ended, and record {seedless} {seedless|token|tokens} without a seed; nothing was changed"
        "{lent}件の貸出と{past}件の終わった貸出を引き継ぎ，{seedless}本のトークンをシードなしで記録することになります．何も変更していません"
    AdoptedNothing "nothing new in {file}; nothing was changed" "{file} に新しい内容はありません．何も変更していません"
    AdoptCounts
        "{unchanged} known already · {refused} refused"
        "既知 {unchanged}行 · 拒否 {refused}行"
    AdoptPassedOver
        "{passed} {passed|token|tokens} of other kinds passed over"
        "対象外の種別のトークン {passed}本は引き継ぎません"
    AdoptWithoutVendor
        "{tokens} {tokens|token has|tokens have} no vendor; the seed file that is imported for them names it, or adopt with --vendor"
        "{tokens}本は製造元が不明です．シードファイルの取り込みで決まります．--vendor で指定することもできます"
    AdoptWithoutBeginning
        "{file} does not say when {loans} of these loans began: they begin today in the ledger"
        "{file} には{loans}件の貸出日がありません．台帳では今日からの貸出になります"
    AdoptUnmatched
        "{tokens} lent {tokens|token is|tokens are} not in {file}: find out who has them"
        "貸出中の{tokens}本が {file} にありません．誰が持っているか確かめてください"
    NextImportSeeds "tokenadm import <file>" "tokenadm import <file>"
    RowLent "lent" "貸出中"
    RowPast "ended" "終了した貸出"
    RowRecorded "recorded" "記録"
    RowUnmatched "not in the file" "ファイルにない"
    SeedMissing "none known" "未登録"

    // Heads of tables.
    HeadLine "LINE" "行"
    HeadSeed "SEED" "シード"
    HeadErrorCode "CODE" "エラー番号"
    HeadMessage "MESSAGE" "内容"
    HeadColumn "COLUMN" "列"
    HeadColumnName "COLUMN NAME" "列名"
    HeadRule "RULE" "規則"
    HeadHint "HINT" "ヒント"
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
    HeadLocation "LOCATION" "保管場所"
    HeadLabels "LABELS" "枚数"
    HeadBatteryYears "BATTERY (YEARS)" "電池寿命（年）"
    HeadDriftPpm "DRIFT (PPM)" "時刻ずれ（ppm）"
    HeadLevels "WANTED" "必要数"
    HeadReserved "RESERVED" "取り置き"
    HeadKeptUntil "UNTIL" "取り置き期限"
    HeadStocktake "STOCKTAKE" "棚卸し"
    HeadCountBegan "BEGAN" "開始日時"
    HeadCountClosed "CLOSED" "終了日時"
    HeadFound "FOUND" "確認"
    HeadMissing "MISSING" "不足"
    HeadSurplus "SURPLUS" "余分"
    HeadCounted "COUNTED AS" "棚卸しの結果"
    HeadTransfer "TRANSFER" "移送"
    HeadDestination "TO" "移送先"
    HeadSent "SENT" "発送日時"
    HeadSentBy "BY" "発送者"
    HeadComplete "COMPLETE" "完了日時"
    HeadOrigin "FROM" "移送元"
    HeadReceived "RECEIVED" "受領日時"
    HeadReceivedBy "BY" "受領者"
    HeadEnglish "ENGLISH" "英語名"
    HeadJapanese "JAPANESE" "日本語名"
    HeadAddedBy "BY" "登録者"
    HeadFree "FREE" "在庫"
    HeadInTransit "ON THE WAY" "輸送中"
    HeadUnusable "UNUSABLE" "貸出不可"
    HeadLent "LENT" "貸出中"
    HeadLost "LOST" "紛失"
    HeadFaulty "FAULTY" "故障"
    HeadOperator "OPERATOR" "担当者"
    HeadRoles "ROLES" "役割"
    HeadDepartments "DEPARTMENTS" "部局"
    HeadRevoked "REVOKED" "失効"
    HeadAction "ACTION" "操作"
    HeadOutcome "OUTCOME" "結果"
    HeadSubject "SUBJECT" "対象"
    HeadDetails "DETAILS" "詳細"
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
    HeadChainHead "HEAD" "末尾のハッシュ"
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
    HeadSeedFile "SEED FILE" "シードファイル"
    HeadDigest "SHA-256" "SHA-256"
    HeadDestroyed "DESTROYED" "廃棄"
    HeadDelivery "DELIVERY" "納品"
    HeadOrder "ORDER" "発注番号"
    HeadEntered "ENTERED" "登録日時"
    HeadEnteredBy "BY" "登録者"
    HeadDifference "DIFFERENCE" "差異"
    HeadKeys "KEYS" "件数"
    HeadPossible "MAY BE" "表記の候補"
    HeadProofs "PROVEN WITH" "確認に使ったトークン"
    HeadVersion "SERVER" "サーバの版"
    HeadFleet "FLEET" "フリート"
    HeadDatabase "DATABASE" "データベース"
    HeadStarted "STARTED" "起動"
    HeadClockTrusted "CLOCK TRUSTED" "時計の信頼"
    HeadIntegrity "DAMAGED ROWS" "破損した行"
    HeadCertificate "CERTIFICATE ENDS" "証明書の期限"
    HeadServerTime "SERVER TIME" "サーバの時刻"
    HeadName "NAME" "名前"
    HeadCode "CODE" "確認コード"
    HeadFolder "FOLDER" "フォルダ"

    // Reports: heads, words of cells, titles and axes of pictures.
    HeadNextCommand "NEXT" "次の操作"
    HeadDaysOverdue "DAYS" "超過日数"
    HeadLastSeen "LAST SEEN" "最後に確認した日時"
    HeadGoesOnAs "GOES ON AS" "移行先の共通ID"
    HeadEnds "ENDS" "電池・有効期限"
    HeadOnShelf "IN STOCK" "在庫"
    HeadOrdered "ORDERED" "発注済み"
    HeadRetired "RETIRED" "廃棄"
    HeadFiscalYear "FISCAL YEAR" "年度"
    HeadEnding "ENDING" "電池・期限切れ"
    HeadEndingLent "OF THESE LENT" "うち貸出中"
    HeadLostExpected "LOSSES EXPECTED" "紛失の見込み"
    HeadProposed "TO BUY" "購入案"
    HeadObserved "SEEN" "時刻の確認日時"
    HeadPerDay "A DAY" "1日あたりのずれ"
    HeadRateOf "AS SEEN OF" "根拠"
    HeadLeaves "LEAVES THE WINDOW" "許容範囲を外れる日時"
    HeadClocks "CLOCKS" "測定本数"
    HeadSlowest "SLOWEST" "最も遅れる"
    HeadFastest "FASTEST" "最も進む"
    HeadOutliers "OUTLIERS" "外れ値"
    HeadOutlierSerials "SERIALS OF OUTLIERS" "外れ値のシリアル番号"
    HeadMonth "MONTH" "月"
    HeadBegan "LENT" "貸出件数"
    HeadEnded "ENDED" "終了件数"
    HeadDay "DAY" "日"
    HeadMedianMove "MOVED BY" "ずれの中央値"
    HeadTogether "TOGETHER" "同じ動きの本数"
    HeadClockVerdict "SERVER'S CLOCK" "サーバの時計"
    FailsDisabled "disabled" "無効"
    FailsLocked "locked for now" "一時的に停止"
    FailsAgain "wrong codes" "確認コードの誤り"
    RateOfToken "the token" "トークン自身"
    RateOfLot "its lot" "同じロット"
    RateOfModel "its model" "同じ機種"
    RateOfSpecified "its specification" "機種の規格"
    RateOfUsual "clocks in general" "一般的な時計"
    ClockSuspect "suspect: check it" "疑いあり（要確認）"
    ClockNormal "nothing unusual" "異常なし"
    TitleUnproven "Lent and not proven" "貸出後に未確認のトークン"
    TitleOverdue "Overdue loans" "返却期限を過ぎたトークン"
    TitleDormant "Not seen for long" "長期間確認されていないトークン"
    TitleFailing "Failing tokens" "確認コードの誤りが続くトークン"
    TitleLeavers "Tokens of people who have left" "離籍者に貸出中のトークン"
    TitleExpiring "Batteries and terms that end" "電池・有効期限が切れるトークン"
    TitleInventory "Tokens by model" "機種別のトークン数"
    TitleForecast "Batteries that end, by fiscal year" "年度別の電池切れ予測"
    TitlePurchase "Tokens to buy, by fiscal year" "年度別の購入案"
    TitleDrift "Tokens in stock that leave the window" "時刻が許容範囲を外れる在庫"
    TitleRates "How fast clocks drift, by lot (seconds a day)" "ロット別の時刻ずれの速さ（1日あたりの秒数）"
    TitleLoans "Loans by month" "月別の貸出件数"
    TitleFleetClock "By how much clocks moved, in seconds" "時刻ずれの変化（秒）"
    AxisMonthLent "MONTH LENT" "貸出月"
    AxisMonthDue "MONTH DUE" "期限の月"
    AxisMonthSeen "MONTH LAST SEEN" "最後に確認した月"
    AxisMonthEnds "MONTH" "期限の月"
    AxisMonthLeaves "MONTH" "外れる月"
    FleetMoved
        "the clocks of many tokens moved together on {day}: the server's clock may have been wrong"
        "{day} に多くのトークンの時刻が同じように動きました．サーバの時計がずれていた疑いがあります"
    LookAtFleetClock
        "compare the server's clock with another; see: tokenadm report fleet-clock"
        "サーバの時計をほかの時計と比べてください．詳しくは tokenadm report fleet-clock"
    AssumesBatteryYears
        "a battery is taken to last {number} years from its import, where nobody said how long its model's does"
        "電池は，機種ごとの指定がなければ，取り込みから{number}年もつとみなしています"
    AssumesLosses
        "losses as so far: {number} in a thousand tokens a year"
        "紛失は，これまでと同じ割合（年に1000本あたり{number}本）とみなしています"
    AssumesNoLosses
        "losses are not counted: the fleet has been here for less than {number} token-years"
        "運用実績が延べ{number}本年に満たないため，紛失は見込んでいません"
    AssumesWindow
        "a clock is taken to be in step within ±{number} s, and to have been right when it was imported where nobody saw it"
        "許容範囲は±{number}秒です．一度も確認していないトークンは，取り込んだ日に正確だったとみなしています"
    AssumesUsualRate
        "where no rate is known, of the token, its lot or its model, {rate} s a day either way are assumed"
        "トークン，ロット，機種のいずれの速さも分からない場合は，1日に{rate}秒ずれるとみなしています"

    // Heads with the unit of the numbers and dates below them.
    HeadInJapan "{title} (JST)" "{title}（日本時間）"
    HeadInSeconds "{title} (s)" "{title}（秒）"

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
    AuthenticatorNoSeed "can't be checked: no seed is known" "判定できません（シード未登録）"
    HoldIntegrity "integrity" "改変・破損"
    HoldLot "lot" "ロット"
    HoldRecovery "recovery" "復元後"
    OutcomeDone "done" "完了"
    OutcomeRefused "{reason}" "拒否（{reason}）"
    FileDestroyed "destroyed" "廃棄済み"
    FileKept "kept" "廃棄未確認"
    MethodDeleted "deleted" "削除"
    MethodOverwritten "overwritten" "上書き消去"
    MethodMedia "media destroyed" "媒体の破壊"
    MethodKey "key destroyed" "復号鍵の廃棄"
    MethodOther "another way" "その他"
    StateExpected "expected" "照合待ち"
    StateMet "met" "一致"
    StateAccepted "accepted" "差異を承認済み"
    StateCancelled "cancelled" "取りやめ"
    KindMissing "missing" "不足"
    KindSurplus "surplus" "余分"
    KindOtherMake "other make" "製造元や機種の違い"
    LotStaging "being imported" "取り込み中"
    LotClosed "closed" "閉鎖"
    LotOpen "open" "使用中"
    LotQuarantined "quarantined" "隔離"
    LotRecalled "recalled" "回収"
    LotTakenOut "reverted" "取り消し済み"

    // The roles, beside the words that --role takes, and the actions of the record.
    RoleCounter "counter" "窓口（counter）"
    RoleDesk "desk" "貸出（desk）"
    RoleStock "stock" "在庫（stock）"
    RoleVerifier "verifier" "連携システム（verifier）"
    RoleAuditor "auditor" "監査（auditor）"
    RoleAdmin "admin" "管理者（admin）"
    ActionAssign "token.assign" "貸出"
    ActionReturn "token.return" "返却"
    ActionResync "token.resync" "時刻補正"
    ActionHold "token.hold" "保留"
    ActionVerify "code.verify" "コード確認"
    ActionImportBegin "lot.import_begin" "取り込み開始"
    ActionImport "lot.import" "取り込み"
    ActionRevert "lot.revert" "ロット取り消し"
    ActionProve "lot.prove" "ロットの読み方の確認"
    ActionReread "lot.reread" "ロットの読み直し"
    ActionQuarantine "lot.quarantine" "ロットの隔離"
    ActionRecall "lot.recall" "ロットの回収"
    ActionStop "lot.stop" "回収ロットのコード停止"
    ActionOpen "lot.open" "ロットの開放"
    ActionExpect "lot.expect" "納品内容の登録"
    ActionExpectCancel "lot.expect_cancel" "納品待ちの取りやめ"
    ActionDestroyed "lot.destroyed" "シードファイルの廃棄の確認"
    ActionReplace "token.replace" "交換"
    ActionLose "token.lose" "紛失"
    ActionFind "token.find" "発見"
    ActionSuspend "token.suspend" "一時停止"
    ActionResume "token.resume" "再開"
    ActionRebind "token.rebind" "再登録"
    ActionRetire "token.retire" "廃棄"
    ActionIdentify "token.identify" "トークンの特定"
    ActionTransfer "token.transfer" "移送"
    ActionReceive "token.receive" "受け取り"
    ActionReserve "token.reserve" "取り置き"
    ActionUnreserve "token.unreserve" "取り置きの取り消し"
    ActionCount "token.count" "棚卸しの結果"
    ActionChangeUser "user.change" "共通IDの変更"
    ActionLocationAdd "location.add" "保管場所の追加"
    ActionModelSet "model.set" "機種の登録"
    ActionStocktakeStart "stocktake.start" "棚卸しの開始"
    ActionStocktakeClose "stocktake.close" "棚卸しの終了"
    ActionDescribe "token.describe" "登録内容の変更"
    ActionAdoptLoan "token.adopt" "貸出の引き継ぎ"
    ActionAdoptList "fleet.adopt" "一覧の引き継ぎ"
    ActionDirectoryImport "directory.import" "名簿取り込み"
    ActionDirectoryRefresh "directory.refresh" "名簿更新"
    ActionDirectoryForget "directory.forget" "氏名の削除"
    ActionLedgerForget "ledger.forget" "共通IDの削除（保存期間の経過）"
    ActionOperatorAdd "operator.add" "担当者の追加"
    LayoutOfHeader "header" "見出し行"
    LayoutOfMap "column map" "列の対応"
    LayoutEntraRows "Entra without header" "見出しのない Entra"
    TextWithMark "UTF-8 with BOM" "UTF-8（BOM 付き）"
    HeadCampaign "CAMPAIGN" "キャンペーン"
    HeadKind "KIND" "種類"
    HeadLastDay "LAST DAY" "期限"
    HeadOpen "OPEN" "未対応"
    HeadDone "DONE" "対応済み"
    HeadExcluded "EXCLUDED" "対象外"
    HeadCutOff "CUT OFF" "コード停止"
    HeadFilter "FILTER" "フィルタ"
    HeadProgress "PROGRESS" "進み具合"
    KindRecall "recall" "回収"
    KindBattery "battery" "電池切れ対応"
    KindLeavers "leavers" "退職・卒業"
    KindMigration "migration" "移行"
    KindOther "other" "その他"
    CampaignOpen "under way" "実施中"
    CampaignOver "over" "終了"
    ProgressOpen "open" "未対応"
    ProgressDone "done" "対応済み"
    ProgressExcluded "excluded" "対象外"
    CampaignCreated
        "campaign {campaign} is made ({tokens} {tokens|token|tokens})"
        "キャンペーン {campaign} を作成しました（{tokens}本）"
    WouldCreateCampaign
        "campaign {campaign} can be made ({tokens} {tokens|token|tokens}); nothing was changed"
        "キャンペーン {campaign} を作成できます（{tokens}本）．何も変更していません"
    CampaignClosed
        "campaign {campaign} is over; {left} of {tokens} {left|is|are} left"
        "キャンペーン {campaign} を終了しました．{tokens}本のうち{left}本が未対応です"
    WouldCloseCampaign
        "campaign {campaign} can be ended; {left} of {tokens} {left|is|are} left; nothing was changed"
        "キャンペーン {campaign} を終了できます．{tokens}本のうち{left}本が未対応です．何も変更していません"
    Excluded "{serial} is off the list of {campaign}" "{serial} を {campaign} の対象から外しました"
    WouldExclude
        "{serial} can be taken off the list of {campaign}; nothing was changed"
        "{serial} を {campaign} の対象から外せます．何も変更していません"
    LettersWritten
        "{count} {count|letter|letters} written to {folder}"
        "{count}通の手紙を {folder} に書き込みました"
    CutOff
        "codes of {count} {count|token|tokens} count no more; {left} {left|is|are} left"
        "{count}本の確認コードを止めました．残りは{left}本です"
    WouldCutOff
        "codes of {count} {count|token|tokens} would be stopped; nothing was changed"
        "{count}本の確認コードが対象です．何も変更していません"
    ConfirmCutOff
        "People will not be able to sign in with these tokens. Type {name} to confirm: "
        "対象の利用者はこれらのトークンでサインインできなくなります．確認のため {name} と入力してください: "
    NextLetters "tokenadm campaign letters {campaign} --out letters" "tokenadm campaign letters {campaign} --out letters"
    ActionCampaignCreate "campaign.create" "キャンペーンの作成"
    ActionCampaignExclude "campaign.exclude" "キャンペーンの対象外"
    ActionCampaignCutOff "campaign.cut_off" "キャンペーンのコード停止"
    ActionCampaignClose "campaign.close" "キャンペーンの終了"
    ActionOperatorUpdate "operator.update" "担当者の変更"
    ActionOperatorRevoke "operator.revoke" "担当者の失効"
    ActionCertificateIssue "operator.issue_cert" "証明書の発行"
    ActionCertificateRenew "operator.renew" "証明書の更新"
}
