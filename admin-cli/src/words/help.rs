//! The help of every command in Japanese.

/// The Japanese of a text of the help.
pub(crate) fn japanese(english: &str) -> Option<&'static str> {
    ALL.iter().find(|(text, _)| *text == english).map(|(_, japanese)| *japanese)
}

/// Every text of the help: as the arguments have it, and in Japanese.
pub(crate) const ALL: &[(&str, &str)] = &[
    // Headings and lines below the help.
    ("Options of every command", "すべてのコマンドで使えるオプション"),
    ("Example:", "例:"),
    ("Examples:", "例:"),
    ("Every day:", "日常の操作:"),
    ("Exit codes:", "終了コード:"),
    ("    0  done", "    0  完了"),
    ("    1  any other failure", "    1  その他の失敗"),
    ("    2  wrong usage or unreadable input", "    2  使い方の誤り，または読めない入力"),
    ("    3  not found", "    3  見つからない"),
    ("    4  not signed in, or not allowed", "    4  サインインしていない，または権限がない"),
    ("    5  conflict or wrong state", "    5  競合，または状態が合わない"),
    ("    6  rows of a file were refused", "    6  ファイルの行が拒否された"),
    (
        "    7  server not reached, not in time, or a limit reached: try again later",
        "    7  サーバに届かない，時間切れ，または上限に達した: 後でもう一度試す",
    ),
    ("    8  a code was refused", "    8  確認コードが拒否された"),
    ("  130  interrupted", "  130  中断された"),
    (
        "The options of every command are shown by --help.",
        "すべてのコマンドで使えるオプションは --help で表示されます．",
    ),
    // Clap's own.
    ("Print help (see more with '--help')", "ヘルプを表示します（詳しくは --help）"),
    ("Print help (see a summary with '-h')", "ヘルプを表示します（要約は -h）"),
    ("Print version", "版を表示します"),
    (
        "Print this message or the help of the given subcommand(s)",
        "このヘルプ，または指定したコマンドのヘルプを表示します",
    ),
    // Every command.
    (
        "Administers a fleet of OATH hardware tokens: seed files, loans, codes, clocks and the record of who did what",
        "OATH ハードウェアトークンを管理します（シードファイル，貸出，確認コード，時刻補正，操作の記録）",
    ),
    (
        "The profile to sign in with, its folder or its config.toml; else the one of `profile use`, then ~/.config/tokenadm/config.toml, then /etc/tokenfleet/tokenadm.toml",
        "サインインに使うプロファイルのフォルダまたは config.toml．省略時は profile use で選んだもの，~/.config/tokenadm/config.toml，/etc/tokenfleet/tokenadm.toml の順に探します",
    ),
    ("The same as -o json", "-o json と同じです"),
    (
        "How answers are written; json is a documented contract, tables may change",
        "結果の形式．json は文書で定めた形式で，表の形は変わることがあります",
    ),
    ("For people; may change", "人が読むための表．形は変わることがあります"),
    ("One JSON document, a documented contract", "一つの JSON 文書（文書で定めた形式）"),
    ("One JSON document a line", "1行に一つの JSON 文書"),
    ("Comma-separated values with a header", "見出し行付きのカンマ区切り"),
    ("Names only, one a line", "名前だけを1行に一つ"),
    (
        "A workbook of one sheet, for spreadsheets; not for a terminal",
        "表計算ソフト用の1シートのブック．端末には表示できません",
    ),
    (
        "Begins with a byte order mark, so that Excel reads the characters right; csv only",
        "Excel が文字を正しく読めるように，先頭にバイト順マーク（BOM）を付けます．csv 用です",
    ),
    (
        "Writes long lists to the terminal at once, not through TOKENADM_PAGER, PAGER or less",
        "長い一覧も TOKENADM_PAGER，PAGER，less を通さず，そのまま端末に表示します",
    ),
    (
        "The language of messages; else the profile's, then that of the locale",
        "メッセージの言語．省略時はプロファイルの設定，次にロケールに従います",
    ),
    ("English", "英語"),
    ("Japanese", "日本語"),
    ("Says nothing but answers and errors", "結果とエラーだけを表示します"),
    ("Says more: where it connects, and the ids of requests", "接続先や要求番号も表示します"),
    ("Whether to use colour", "色を使うかどうか"),
    ("On a terminal, unless `NO_COLOR` is set", "端末では使います（NO_COLOR が設定されていれば使いません）"),
    ("Always", "常に使います"),
    ("Never", "使いません"),
    ("Never asks anything", "何も質問しません"),
    (
        "Answers yes to plain questions; severe actions still want --confirm",
        "簡単な質問には「はい」と答えます．重大な操作には --confirm が必要です",
    ),
    (
        "How long to wait for an answer; 30 for calls and 3600 for files where nothing is said",
        "応答を待つ秒数．省略時は通常の操作で30，ファイルの取り込みで3600です",
    ),
    ("Checks everything, changes nothing", "すべて確かめるだけで，何も変更しません"),
    (
        "The serial on the back of the token, or the 10-digit ID of the person who holds it",
        "トークン裏面のシリアル番号，または借りている人の共通ID（10桁の数字）",
    ),
    ("Takes it for a serial, even where it looks like an ID", "共通IDのように見えても，シリアル番号として扱います"),
    ("Takes it for the ID of a person", "共通IDとして扱います"),
    (
        "Only these columns, in this order, by the names that -o csv has; tables, csv and xlsx only",
        "この列だけを，この順に表示します（-o csv の見出しの名前）．表，csv，xlsx 用です",
    ),
    ("Without the line of headings; tables, csv and xlsx only", "見出し行を付けません．表，csv，xlsx 用です"),
    ("Shows at most N", "最大 N 件まで表示します"),
    (
        "The same name again; without it a terminal asks for it",
        "確認のため，同じ名前をもう一度指定します．省略すると端末で質問します",
    ),
    (
        "With --scan, an error of one line does not stop the next, and the exit code is the highest of all lines.",
        "--scan では，1行がエラーになっても次の行に進みます．終了コードはすべての行のうち最大のものです．",
    ),
    ("Anything worth recording, such as a ticket number", "記録しておくこと（問い合わせ番号など）"),
    // import, inspect.
    (
        "Imports vendors' seed files; every file becomes a lot, all of it at once or nothing",
        "製造元のシードファイルを取り込みます．1ファイルが1ロットになり，全部取り込むか，何も取り込まないかです",
    ),
    (
        "A file that is refused does not keep the next from being tried; the exit code is then 6 where rows were refused, and 2 where a whole file was. What is no matter of one file, such as a server that is not reached, ends the command.",
        "拒否されたファイルがあっても，次のファイルに進みます．終了コードは，行が拒否されたときは6，ファイル全体が拒否されたときは2です．サーバに届かないなど，一つのファイルに限らない問題があれば，そこで終了します．",
    ),
    (
        "The seed files, as the vendor sent them; - reads from stdin",
        "製造元から届いたままのシードファイル．- は標準入力です",
    ),
    (
        "Imports the good rows and lists the others in FILE's name with .rejected.csv (no seeds in it)",
        "読める行を取り込み，残りの行を FILE の名前に .rejected.csv を付けたファイルに書き出します（シードは書きません）",
    ),
    ("Who made the tokens, where the file names no manufacturer", "ファイルに製造元の記載がないときの製造元"),
    ("How secrets are written, where the layout does not say", "シードの表記（レイアウトで決まらないとき）"),
    (
        "Which column holds what, as in serial=1,secret=3:hex,type=const:totp,period=const:60; or the name of a map that the profile keeps under [maps]",
        "どの列に何があるか（例 serial=1,secret=3:hex,type=const:totp,period=const:60）．プロファイルの [maps] に登録した名前でも指定できます",
    ),
    (
        "Short serials are right as they stand: you compared them with the tokens, and no spreadsheet took zeros away",
        "桁数の短いシリアル番号もそのままで正しいとします（現物と照合し，表計算ソフトで先頭の0が失われていないと確かめたとき）",
    ),
    (
        "Secrets of an unusual length are right as they stand: you asked the vendor, and no character was lost",
        "長さがほかと違うシードもそのままで正しいとします（製造元に問い合わせ，文字が欠けていないと確かめたとき）",
    ),
    ("Hexadecimal", "16進数"),
    ("Base32", "Base32"),
    ("Base64", "Base64"),
    (
        "Says how a seed file is read, every key with its check value; stores nothing",
        "シードファイルをどう読むかを，鍵ごとの照合値とともに表示します．何も保存しません",
    ),
    (
        "The seed file, as the vendor sent it; - reads from stdin",
        "製造元から届いたままのシードファイル．- は標準入力です",
    ),
    // assign, return.
    ("Lends a token to a person", "トークンを人に貸し出します"),
    ("The serial on the back of the token", "トークン裏面のシリアル番号"),
    ("The 10-digit ID of the person", "借りる人の共通ID（10桁の数字）"),
    (
        "Reads loans from stdin until it ends: a serial, then an ID, on two lines or on one; codes may follow on that line",
        "標準入力の終わりまで貸出を続けて読み取ります．シリアル番号，共通IDの順に，2行または1行で入力します．1行のときは続けて確認コードも入力できます",
    ),
    (
        "A code the token shows: one proves that it is this token, two that follow each other also set its clock",
        "トークンに表示された確認コード．一つで手元の機器がこのトークンであることを確かめ，続けて表示された二つで時刻も補正します",
    ),
    ("How the person was identified", "本人確認の方法"),
    ("A staff card", "職員証"),
    ("A student card", "学生証"),
    ("Another document with a photograph", "その他の写真付き身分証明書"),
    ("The person is known at the desk", "窓口の担当者と面識がある"),
    ("The department the loan goes through", "貸出を扱う部局"),
    ("Takes a lent token back", "貸し出したトークンを返却してもらいます"),
    // What happens to a token after it was lent.
    (
        "Lends another token in the place of one, to the same person; both or neither",
        "同じ人に代わりのトークンを貸し出します（回収と貸出は両方行うか，どちらも行わないかです）",
    ),
    (
        "The old token is handed in now, is lost, or, with --later, is handed in another day.",
        "元のトークンは，その場で返却，紛失，または --later を付けて後日返却のいずれかです．",
    ),
    (
        "The old token: its serial, or the 10-digit ID of the person who holds it",
        "元のトークンのシリアル番号，または持ち主の10桁の共通ID",
    ),
    ("The serial on the back of the new token", "新しいトークンの裏面のシリアル番号"),
    (
        "Why; faulty and battery put the old token aside, lost leaves it recorded as lost, all others bring it back to stock",
        "理由．faulty と battery は元のトークンを故障品として分け，lost は紛失のままにし，その他は在庫に戻します",
    ),
    ("It is lost", "紛失した"),
    ("It is exchanged for another kind", "別の機種と交換する"),
    (
        "The old token is not here: it counts no more, stays with the person, and is handed in later",
        "元のトークンが手元にない場合．使えなくなり，本人が持ったまま後日返却します",
    ),
    (
        "A code the new token shows: one proves that it is this token, two that follow each other also set its clock",
        "新しいトークンが表示した確認コード．一つで現物を確かめ，続けて表示された二つで時計も合わせます",
    ),
    (
        "Even where the person is left with no token to sign in with; not needed for leaving and merged",
        "サインインに使えるトークンが一つもなくなる場合でも返却します．leaving と merged では不要です",
    ),
    (
        "Even where the person is left with no token to sign in with",
        "サインインに使えるトークンが一つもなくなる場合でも行います",
    ),
    (
        "Records a lent token as lost; its codes count no more",
        "貸出中のトークンを紛失として記録します．確認コードは使えなくなります",
    ),
    ("The loan stays open until the token is found or replaced.", "貸出は，見つかるか交換されるまで続いたままです．"),
    (
        "Takes a lost token back: to stock, or, with two codes it shows, to the person who had it",
        "紛失したトークンを在庫に，または表示された二つの確認コードで本人に戻します",
    ),
    (
        "Two codes in the order shown, or three: the person has it back; without codes it goes to stock",
        "表示順に二つ（または三つ）の確認コード．本人の手元に戻ります．なければ在庫に戻ります",
    ),
    (
        "Stops a lent token for a while; its codes count no more",
        "貸出中のトークンを一時停止します．確認コードは使えなくなります",
    ),
    ("Lets a suspended token go on", "一時停止したトークンを再開します"),
    (
        "Lets a token count again that too many wrong codes have disabled",
        "誤った確認コードが続いて無効になったトークンを，また使えるようにします",
    ),
    ("Two codes in the order shown, or three", "表示順に二つ（または三つ）の確認コード"),
    (
        "Moves all tokens of one ID to the other ID of the same person",
        "同じ人のもう一つの共通IDに，トークンをすべて移します",
    ),
    ("The 10-digit ID that holds the tokens", "今トークンを持っている10桁の共通ID"),
    ("The other 10-digit ID of the same person", "同じ人のもう一つの10桁の共通ID"),
    (
        "Puts tokens out of service for good; their seeds are destroyed, their record stays",
        "トークンを廃棄します．シードは消去し，記録は残します",
    ),
    (
        "Of several, one that can't be retired does not keep the next from being tried; the exit code is the highest of all. --confirm takes the serial again, or the number of tokens where there are several.",
        "複数のうち廃棄できないものがあっても次に進み，終了コードは最も大きいものになります．--confirm にはシリアル番号を，複数の場合は本数を指定します．",
    ),
    ("Serials on the backs of the tokens", "トークン裏面のシリアル番号"),
    (
        "Shows how far a person has got towards signing in with a token, and what comes next",
        "トークンでサインインできるまでの進み具合と，次の操作を表示します",
    ),
    (
        "Shows who held a token, or what a person held, newest first",
        "トークンの貸出先，または人が借りたトークンの履歴を新しい順に表示します",
    ),
    (
        "Only who held it then: a day such as 2026-03-31, in Japan, or a moment such as 2026-03-31T09:00:00+09:00",
        "その時点の貸出だけ．2026-03-31 のような日（日本時間），または 2026-03-31T09:00:00+09:00 のような時刻",
    ),
    (
        "Finds the token that shows two codes in a row, where its serial can't be read; uses no code up",
        "シリアル番号が読めないトークンを，続けて表示された二つの確認コードから探します．コードは使用済みになりません",
    ),
    (
        "Every token whose clock is not far off is tried. Exits with 3 where none shows them.",
        "時計が大きくずれていないすべてのトークンを調べます．見つからなければ 3 で終わります．",
    ),
    (
        "Reads serials from stdin until it ends, one a line",
        "標準入力の終わりまで，シリアル番号を1行に一つずつ読み取ります",
    ),
    (
        "Why it comes back; faulty and battery set it aside, all others put it back in stock",
        "返却の理由．faulty と battery は故障品として分け，それ以外は在庫に戻します",
    ),
    ("None of the others", "その他"),
    ("It does not work", "故障"),
    ("Its battery is empty", "電池切れ"),
    ("The person leaves", "退職・卒業など"),
    ("It is exchanged for another", "別のトークンへの交換"),
    ("The person's two IDs became one", "二つの共通IDの統合"),
    // verify, resync.
    (
        "Checks one displayed code and uses it up",
        "表示された確認コードを一つ確かめます．確かめたコードは使用済みになります",
    ),
    ("The code the token shows", "トークンに表示された確認コード"),
    (
        "Reads from stdin until it ends: a serial, then a code, on two lines or on one",
        "標準入力の終わりまで続けて読み取ります．シリアル番号，確認コードの順に，2行または1行で入力します",
    ),
    (
        "Sets a token's clock or counter right again, from codes shown one after the other",
        "続けて表示された確認コードから，トークンの時刻またはカウンタを補正します",
    ),
    (
        "On a terminal it asks for what is not passed: the serial, the code shown now, then, with a countdown, the next one.",
        "端末では，指定しなかったものを質問します．シリアル番号，今表示されている確認コード，そして秒読みのあとに次の確認コードの順です．",
    ),
    (
        "Two codes in the order shown, or three; with fewer, a terminal asks for the next",
        "表示された順に二つか三つの確認コード．足りなければ端末で質問します",
    ),
    // list, show.
    ("Lists tokens", "トークンの一覧を表示します"),
    (
        "Only tokens of which this is true: comparisons joined by AND, on vendor, model, lot, custody, authenticator, hold, state and user",
        "この条件に合うトークンだけ．AND でつないだ比較で，使える項目は vendor，model，lot，custody，authenticator，hold，state，user です",
    ),
    (
        "Only tokens in this state; repeat it for several. lent is the proven ones, lent-not-proven those without a code so far",
        "この状態のトークンだけ．複数あれば繰り返し指定します．lent は確認コードで確認済み，lent-not-proven は未確認の貸出です",
    ),
    ("Announced by the vendor", "発注済み"),
    ("On the shelf", "在庫"),
    ("Lent, but no code of it was accepted yet", "貸出中（まだ確認コードが受理されていない）"),
    ("Lent and proven by a code", "貸出中（確認コードで確認済み）"),
    ("Lent and stopped for a while", "一時停止"),
    ("Lent and stopped after too many wrong codes", "無効（確認コードの誤りが多すぎたため）"),
    ("Lost", "紛失"),
    ("Broken", "故障"),
    ("Kept from use by a hold", "保留"),
    ("Out of service for good", "廃棄"),
    ("Only tokens of this person", "この共通IDの人のトークンだけ"),
    ("Only tokens of this lot", "このロットのトークンだけ"),
    ("Newest imports first, instead of oldest first", "取り込みの古い順でなく，新しい順に表示します"),
    (
        "Shows one token, by its serial or the person who holds it",
        "シリアル番号または借りている人で，トークンを一つ表示します",
    ),
    (
        "A person who holds several is answered with the list of them (in JSON `tokens` in the place of `token`).",
        "複数借りている人の場合は一覧を表示します（JSON では token の代わりに tokens）．",
    ),
    // lot.
    (
        "Lists lots (what one import brought) and takes them out again",
        "ロット（一度に取り込んだトークンのまとまり）の一覧と取り消し",
    ),
    ("Lists lots, newest first", "ロットの一覧を新しい順に表示します"),
    ("Shows one lot", "ロットを一つ表示します"),
    ("The name of the lot, as lot list shows it", "lot list に表示されるロットの名前"),
    (
        "Takes a whole lot out of stock again, while none of its tokens was used",
        "ロット全体の取り込みを取り消します．どのトークンもまだ使われていないときに限ります",
    ),
    // operator.
    ("Adds, changes and ends operators: who may do what", "担当者の追加・変更・失効（誰が何をできるか）"),
    (
        "Adds an operator: makes the key here, has the server sign its certificate, writes a profile folder",
        "担当者を追加します．このコンピュータで鍵を作り，サーバから証明書を受け取り，プロファイルのフォルダに書き出します",
    ),
    ("The name: a-z, 0-9, dot, hyphen and underscore", "担当者の名前（a-z，0-9，ドット，ハイフン，アンダースコア）"),
    ("What the operator may do; repeat it for several", "担当者の役割．複数あれば繰り返し指定します"),
    ("Look up, verify, resync", "検索，確認コードの確認，時刻補正"),
    ("Also lend and take back", "加えて，貸出と返却"),
    ("Import, lots, stock", "取り込み，ロット，在庫"),
    ("A relying system: ask whether a code counts", "連携システム: 確認コードが正しいかの問い合わせだけ"),
    ("Read and check everything recorded", "すべての記録の閲覧と検証"),
    ("Operators and settings", "担当者と設定の管理"),
    (
        "A department the operator acts for; repeat it for several, leave it out for all",
        "担当する部局．複数あれば繰り返し指定し，すべての部局なら省略します",
    ),
    (
        "The operator's own 10-digit ID, so that nobody lends to themselves",
        "担当者自身の共通ID（10桁の数字）．自分自身への貸出を防ぎます",
    ),
    ("The profile folder to write; it must be new or empty", "書き出すプロファイルのフォルダ（新しいか空のもの）"),
    ("Lists operators", "担当者の一覧を表示します"),
    (
        "Changes what an operator may do, from their next call on",
        "担当者の役割や部局を変更します．次の操作から有効です",
    ),
    ("The operator's name", "担当者の名前"),
    (
        "What the operator may do, in place of all roles so far; repeat it for several",
        "担当者の役割．これまでの役割はすべて置き換わります．複数あれば繰り返し指定します",
    ),
    (
        "The department the operator acts for, in place of those so far; repeat it for several",
        "担当する部局．これまでの部局はすべて置き換わります．複数あれば繰り返し指定します",
    ),
    ("Lets the operator act for all departments", "すべての部局を担当できるようにします"),
    ("Forgets the operator's own ID", "担当者自身の共通IDの登録を消します"),
    (
        "Renews your own certificate: makes a new key here and puts both into your profile",
        "自分の証明書を更新します．このコンピュータで新しい鍵を作り，証明書とともにプロファイルに入れます",
    ),
    (
        "The profile is changed only when the server has accepted the new ones. The old certificate is no longer in the profile; the server takes it until it ends, or until the operator is revoked.",
        "プロファイルは，サーバが新しい鍵と証明書を受け入れてから変更します．古い証明書はプロファイルに残りませんが，期限が切れるか担当者が失効するまで有効です．",
    ),
    ("For a Windows program, when it is renewed:", "Windows のプログラムで使うには，更新してから:"),
    (
        "Makes a new profile folder for an operator who lost theirs, or whose certificate has ended",
        "プロファイルをなくした，または証明書の期限が切れた担当者に，新しいプロファイルのフォルダを作ります",
    ),
    (
        "A lost certificate is good until it ends. Where somebody else may have its key, revoke the operator and add them under a new name instead.",
        "なくした証明書は期限まで有効です．鍵が他人の手に渡ったかもしれないときは，その担当者を失効させ，新しい名前で追加してください．",
    ),
    (
        "Ends an operator and all certificates of that name, on open connections too",
        "担当者とその名前のすべての証明書を失効させます．接続中のものも切断されます",
    ),
    // audit.
    ("Reads and checks the record of who did what", "誰が何をしたかの記録の閲覧と検証"),
    ("Lists events, oldest first unless asked otherwise", "記録を表示します．指定しなければ古い順です"),
    (
        "Actions are shown in your language; --filter takes the English words, which -o json shows. The reasons of refusals are the same in every language.",
        "操作は日本語で表示します．--filter には -o json で表示される英語の語を書きます．拒否の理由はどの言語でも同じです．",
    ),
    ("Newest first, instead of oldest first", "古い順でなく，新しい順に表示します"),
    (
        "Only events of which this is true: comparisons joined by AND, on subject, user, operator, action and outcome",
        "この条件に合う記録だけ．AND でつないだ比較で，使える項目は subject，user，operator，action，outcome です",
    ),
    ("Checks every link of the record", "記録の鎖をすべて検証します"),
    // The service and this computer.
    ("Shows how the fleet and the service are", "トークン全体とサービスの状態を表示します"),
    (
        "Checks all it takes to work, here and at the server, and says how to mend what is wrong",
        "このコンピュータとサーバで必要なものをすべて点検し，異常の直し方を示します",
    ),
    (
        "Exits with 0 where nothing failed; warnings do not count.",
        "異常がなければ終了コードは0です．注意は数えません．",
    ),
    (
        "Lists, shows and chooses the profiles that are kept in ~/.config/tokenadm/profiles",
        "~/.config/tokenadm/profiles にあるプロファイルの一覧，表示，選択",
    ),
    ("Lists the profiles that are kept", "プロファイルの一覧を表示します"),
    (
        "Shows one profile; without a name the one in use",
        "プロファイルを一つ表示します．名前を省略すると使用中のものを表示します",
    ),
    ("The name of its folder", "プロファイルのフォルダの名前"),
    ("Makes a profile that is kept the one in use", "使うプロファイルを選びます"),
    (
        "Writes a profile's key and certificates into one file behind a password, as Windows programs take them",
        "プロファイルの鍵と証明書を，Windows のプログラムで使えるように，パスワード付きの一つのファイルに書き出します",
    ),
    ("The name of its folder; without it the one in use", "プロファイルのフォルダの名前．省略すると使用中のものです"),
    (
        "The PKCS #12 file (.pfx, .p12) to write; one that is there is written anew with --yes only",
        "書き出す PKCS #12 ファイル（.pfx，.p12）．すでにあるファイルは --yes を付けたときだけ書き直します",
    ),
    (
        "The file whose first line is the password, without blanks around it; - is stdin",
        "1行目がパスワード（前後に空白なし）のファイル．- は標準入力です",
    ),
    (
        "The password has 12 to 128 characters of ASCII: letters, digits, signs and blanks within. It is asked for twice, unless a file has it; it is never an argument, since other users of a computer can see those.",
        "パスワードは12文字から128文字の ASCII（英字，数字，記号，途中の空白）です．ファイルで渡さなければ2回質問します．引数はコンピュータの他の利用者に見えるため，引数では渡せません．",
    ),
    ("Shows the settings that count, and where each comes from", "有効な設定と，それぞれの由来を表示します"),
    (
        "A flag counts before the environment, that before the profile, a profile of one's own before the computer's, and all before the default.",
        "優先順位は，オプション，環境変数，プロファイル（個人のもの，コンピュータのものの順），既定値の順です．",
    ),
    ("Shows who you are and what you may do", "自分の名前，役割，部局を表示します"),
    ("Prints the completion script of a shell", "シェルの補完スクリプトを出力します"),
    ("The shell that is used", "使っているシェル"),
    ("Writes the man pages, one for each command", "コマンドごとのマニュアルページを書き出します"),
    (
        "The folder to write to; pages that are there already are written anew",
        "書き出すフォルダ．すでにあるページは書き直します",
    ),
    ("Prints the version of tokenadm", "tokenadm の版を表示します"),
    // practice.
    (
        "Makes made-up tokens and plays them, for training and tests; needs no server",
        "研修や試験のための練習用トークンを作り，動かします．サーバは不要です",
    ),
    (
        "Makes a set: DIR/seeds.csv as a vendor would ship it, and DIR/devices to play the tokens",
        "練習用の一式を作ります．製造元が送るような DIR/seeds.csv と，トークンを動かすための DIR/devices です",
    ),
    ("How many tokens", "トークンの本数"),
    ("The folder to write; it must be new or empty", "書き出すフォルダ（新しいか空のもの）"),
    ("The vendor whose file layout is used", "ファイルの形をまねる製造元"),
    ("The header that Entra ID documents, Base32, 30 s", "Entra ID の文書にある見出し，Base32，30秒"),
    ("The same header, 13-digit serials, 60 s", "同じ見出し，13桁のシリアル番号，60秒"),
    ("A header without upn, 60 s", "upn のない見出し，60秒"),
    ("A header with timeinterval, 30 s", "timeinterval のある見出し，30秒"),
    ("No header, hex, TOTP or HOTP, 30 s", "見出しなし，16進数，TOTP または HOTP，30秒"),
    (
        "Whether a clock or a button makes the codes; hotp with oath-csv only",
        "確認コードが時計で変わるか，ボタンで変わるか．hotp は oath-csv だけです",
    ),
    ("The clock", "時計"),
    ("The button", "ボタン"),
    (
        "How long a code is shown; else as long as usual with the vendor",
        "確認コードが表示される秒数．省略時はその製造元の標準です",
    ),
    ("How many digits a code has; 7 and 8 with oath-csv only", "確認コードの桁数．7 と 8 は oath-csv だけです"),
    (
        "How far clocks are off: SECONDS for all, SECONDS@N for the N-th token; negative is slow; may be repeated",
        "時刻のずれ．SECONDS は全部，SECONDS@N は N 本目のトークン．負の数は遅れです．繰り返し指定できます",
    ),
    ("Prints what a made-up token shows", "練習用トークンの表示を出力します"),
    ("The serial of the made-up token", "練習用トークンのシリアル番号"),
    ("The folder that practice new wrote", "practice new で作ったフォルダ"),
    (
        "The code after the present one; a button token counts this as a press of its button",
        "次の確認コード．ボタン式のトークンではボタンを1回押したことになります",
    ),
    ("The code at another time, such as 2026-11-24T09:00:00Z", "別の時刻の確認コード（例: 2026-11-24T09:00:00Z）"),
];
