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
    // The directory.
    (
        "Shows who an ID is, and brings the directory of people up to the university's own list",
        "共通IDが誰のものかを表示し，名簿を大学の一覧に合わせます",
    ),
    (
        "Brings the directory up to the university's own list: all of it at once, or nothing",
        "名簿を大学の一覧に合わせます．全体を一度に反映するか，何も変更しないかのどちらかです",
    ),
    (
        "Columns, in any order: user_id, name, kana, latin, department, kind (faculty, staff, student, other), until (the last day), merged_into, other_id; the first two are needed. Who is missing from the list is kept as gone.",
        "列（順不同）: 共通ID，氏名，氏名カナ，氏名英字，部局，区分（教員，職員，学生，その他），最終日，統合先，別の共通ID．初めの二つは必須です．一覧にない人は「名簿にない」として残します．",
    ),
    (
        "Reads the directory from LDAP now, as the server does by itself from time to time",
        "名簿を LDAP から今すぐ読み直します．サーバは一定の間隔で自動的に読み直しています",
    ),
    (
        "The server's owner names the LDAP directory in tokenfleetd.toml. It is read as a whole: all of it counts at once, or nothing is changed.",
        "LDAP の接続先はサーバの管理者が tokenfleetd.toml に設定します．全体を一度に反映するか，何も変更しないかのどちらかです．",
    ),
    (
        "So many people may be missing; asked for where more of the directory are than the server's settings name (5 %), and at least 10",
        "LDAP になくてよい人数．名簿のうちサーバの設定した割合（5%）を超え，かつ10人以上がない場合に必要です",
    ),
    (
        "Shows where the directory comes from, how many people it has, and how the last refresh went",
        "名簿の読み込み元，人数，前回の更新の結果を表示します",
    ),
    (
        "Shows who an ID is, and whether a token may be lent to them",
        "共通IDが誰のものか，トークンを貸し出せるかを表示します",
    ),
    (
        "The list of people as CSV, in UTF-8 or Shift_JIS; - reads from stdin",
        "CSV形式の一覧（UTF-8 または Shift_JIS）．- は標準入力です",
    ),
    (
        "So many people may be missing from the list; asked for where more than 5 % of the directory, and at least 10, are",
        "一覧になくてよい人数．名簿の5%を超え，かつ10人以上がない場合に必要です",
    ),
    // Campaigns.
    (
        "Calls tokens in: a list from a filter, with a deadline, letters and its progress",
        "トークンの回収などをまとめて進めます（対象の一覧，期限，手紙，進み具合）",
    ),
    (
        "Makes a campaign: the tokens that a filter takes now, with a deadline",
        "フィルタに今合うトークンを対象に，期限を決めてキャンペーンを作成します",
    ),
    ("Its name: small letters, digits and hyphens", "名前（英小文字，数字，ハイフン）"),
    ("What it is for", "目的"),
    ("A lot or a model is called back", "ロットや機種の回収"),
    ("Batteries are running out", "電池切れへの対応"),
    ("People leave", "退職・卒業"),
    ("The fleet goes over to something else", "別の仕組みへの移行"),
    ("Which tokens: an expression as list --filter has it", "対象のトークン．list --filter と同じ式"),
    ("The last day, in Japan, such as 2027-03-31", "期限の日（日本時間）．例: 2027-03-31"),
    ("Lists campaigns and how far they have come, newest first", "キャンペーンと進み具合を新しい順に一覧します"),
    ("Shows one campaign", "キャンペーンを一つ表示します"),
    ("The name of the campaign", "キャンペーン名"),
    ("Lists the tokens of a campaign", "キャンペーンの対象のトークンを一覧します"),
    ("Only those with which nothing has happened yet", "未対応のものだけ"),
    ("Only those that are done", "対応済みのものだけ"),
    ("Only those that were taken off the list", "対象外にしたものだけ"),
    ("Takes a token off the list of a campaign: its holder is not meant", "トークンをキャンペーンの対象から外します"),
    ("Why", "理由"),
    (
        "Writes a letter in Japanese and English to everybody who still holds a token of a campaign",
        "対象のトークンをまだ持っている人への手紙（日本語と英語）を作成します",
    ),
    (
        "A template of your own has places such as {user_id}, {serials}, {due_ja}, {due_en} and {campaign}.",
        "自作のひな形では {user_id}，{serials}，{due_ja}，{due_en}，{campaign} が使えます．",
    ),
    (
        "The text of the letter, in UTF-8; else one that comes with tokenadm",
        "手紙のひな形（UTF-8）．省略時は tokenadm 付属のもの",
    ),
    (
        "A new or empty folder for the letters, one file a person",
        "手紙を書き込む新しいフォルダまたは空のフォルダ（一人1ファイル）",
    ),
    (
        "Stops the codes of some of what is left after the deadline, so that not everybody comes on one morning",
        "期限後に残ったトークンの確認コードを，窓口が混まないよう少しずつ止めます",
    ),
    ("How many tokens this stage stops at most, up to 200", "今回止める最大の本数（200まで）"),
    ("Only tokens that were lent through this department", "この部局を通じて貸し出したトークンだけ"),
    (
        "Ends a campaign; what is left stays on record as left",
        "キャンペーンを終了します．未対応のものは未対応のまま記録に残ります",
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
    ("A picture of a report", "レポートの図"),
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
    (
        "What becomes of rows whose token is known with the same seed, where they describe it otherwise (manufacturer, model, expiry date); they are refused where this is not said",
        "登録済みでシードも同じトークンについて，ファイルの製造元，モデル，有効期限が登録内容と違う行の扱い．指定しなければ拒否します",
    ),
    ("They are refused", "拒否します"),
    ("They are passed over, and what is known stays", "読み飛ばし，登録内容をそのまま残します"),
    (
        "What they say is taken over; seeds and what decides codes never change",
        "登録内容をファイルに合わせます．シードなど，確認コードを決めるものは変わりません",
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
    (
        "Applies what a dry run came to, or nothing: the same file with the same options, and a stock that makes no other of it",
        "--dry-run が示した計画のとおりに取り込みます．ファイルかオプションか結果が計画と違えば何も変更しません",
    ),
    (
        "The key of an encrypted file, as hex or as it is; - reads from stdin. Given again, each is tried in turn",
        "暗号化されたファイルの鍵（16進またはそのまま）．- は標準入力です．繰り返して指定すると，順に試します",
    ),
    (
        "The passphrase of an encrypted file, without its line end; - reads from stdin. Given again, each is tried in turn, as for an archive and a file in it. On a terminal it is asked for",
        "暗号化されたファイルのパスフレーズ（末尾の改行は除きます）．- は標準入力です．圧縮ファイルとその中のファイルのように複数あるときは繰り返して指定し，順に試します．端末では入力を求めます",
    ),
    (
        "Which member of an archive, or which sheet of a workbook, holds the keys",
        "圧縮ファイル中のファイル名，またはブックのシート名",
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
    // adopt.
    (
        "Adopts a list of who holds which token: a spreadsheet of loans, or what Entra, privacyIDEA or LinOTP say",
        "誰がどのトークンを持っているかの一覧（貸出の表，または Entra，privacyIDEA，LinOTP の一覧）を引き継ぎます",
    ),
    (
        "All rows, or none; at most 5,000. Loans begin on the days of the list, and a token that is not known is recorded without its seed: it is tracked, and its codes can be checked once its seed file is imported. It takes both roles, stock and desk. Adopting the same list again changes nothing.",
        "全部の行を引き継ぐか，何も引き継がないかです（5000行まで）．貸出は一覧の日付で始まり，登録のないトークンはシードなしで記録します．所在だけを管理し，シードファイルを取り込むと確認コードを判定できます．stock と desk の両方の役割が必要です．同じ一覧をもう一度引き継いでも何も変わりません．",
    ),
    ("The list, as CSV; - reads from stdin", "一覧のCSVファイル．- は標準入力です"),
    ("Adopts the good rows though others are refused", "拒否された行があっても，残りの行を引き継ぎます"),
    ("Whose list it is, where its headings are not to decide", "一覧の形式（見出しから決めないとき）"),
    ("A spreadsheet of loans", "貸出の表"),
    ("Entra's list of hardware tokens", "Entra のハードウェアトークンの一覧"),
    ("The token list of privacyIDEA", "privacyIDEA のトークン一覧"),
    ("The token list of LinOTP", "LinOTP のトークン一覧"),
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
    (
        "Makes the loans of a list, all or none: a CSV file with the columns serial and user and, where they are needed, department, route, ticket, until, note, checked; - is stdin",
        "リストの貸出をすべて行うか，一つも行わないかです．シリアル番号と共通ID，必要に応じて部局，申請，受付番号，貸出期限，メモ，本人確認の列を持つ CSV ファイルです．- は標準入力です",
    ),
    (
        "Writes a slip for the person to FILE: one page of HTML to print, in Japanese and English, without any secret",
        "本人に渡す案内を FILE に書き出します．印刷用の HTML 1ページ（日本語と英語）で，秘密の情報は含みません",
    ),
    ("Who asked for it", "申請者"),
    ("The person who gets the token", "本人（本人申請）"),
    ("An administrator of their department", "部局の管理者（代理申請）"),
    ("The ticket it was asked for in", "申請の受付番号"),
    (
        "The last day of the loan in Japan, such as 2027-03-31; without it a loan lasts until the token is returned, and a replacement as long as the old one",
        "貸出期限の日（日本時間，例: 2027-03-31）．省略すると返却されるまで，replace では元のトークンと同じ期限になります",
    ),
    ("Lends it for today only", "今日だけ貸し出します"),
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
        "Says in a line who held it then: in a month such as 2026-03, on a day such as 2026-03-31, or at a moment such as 2026-03-31T09:00:00+09:00",
        "そのとき誰が借りていたかを一行で示します．2026-03 のような月，2026-03-31 のような日（どちらも日本時間），または 2026-03-31T09:00:00+09:00 のような時刻",
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
        "Reads serials from stdin until it ends, one a line; codes may follow on that line",
        "標準入力の終わりまで，シリアル番号を1行に一つずつ読み取ります．同じ行に確認コードを続けられます",
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
    (
        "The 10-digit ID of the person it is for: a token of somebody else is refused",
        "本人の共通ID（10桁の数字）．別の人のトークンであれば拒否します",
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
        "Only tokens of which this is true, such as 'custody = LENT AND model = \"C200\"'",
        "この条件に合うトークンだけ．例: 'custody = LENT AND model = \"C200\"'",
    ),
    (
        "Comparisons such as custody = LENT, joined by AND, OR and NOT. Fields: serial, vendor, key_id, manufacturer, model, lot, type, algorithm, digits, period_seconds, custody, authenticator, hold, state, without_seed, user, department, location, lent_time, proven_time, last_accepted_time, create_time, update_time, expire_time, failures, clock_offset_seconds. A word alone is looked for in serials, models and IDs.",
        "custody = LENT のような比較を AND，OR，NOT でつなぎます．項目: serial，vendor，key_id，manufacturer，model，lot，type，algorithm，digits，period_seconds，custody，authenticator，hold，state，without_seed，user，department，location，lent_time，proven_time，last_accepted_time，create_time，update_time，expire_time，failures，clock_offset_seconds．語だけを書くと，シリアル番号，機種，共通IDから探します．",
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
    (
        "What it went through instead, newest first: who held it from when to when, and what befell it besides",
        "代わりに履歴を新しい順に表示します: いつからいつまで誰が借りていたか，そのほかに何があったか",
    ),
    // location, stock.
    ("Lists and adds the places where tokens are kept", "トークンの保管場所の一覧と追加"),
    ("Adds a place where tokens are kept", "トークンの保管場所を追加します"),
    (
        "The short name of the place: 1 to 32 of a-z, 0-9 and hyphen",
        "保管場所の短い名前（a-z，0-9，ハイフンの1文字から32文字）",
    ),
    ("What people call it, in English; else its short name", "英語の名称．省略時は短い名前です"),
    ("What people call it, in Japanese; else its short name", "日本語の名称．省略時は短い名前です"),
    ("Lists the places where tokens are kept", "トークンの保管場所の一覧を表示します"),
    ("Shows how many tokens of which kind are where", "保管場所と機種ごとの本数を表示します"),
    ("Only what belongs to this location", "この保管場所のものだけを表示します"),
    ("Only this model", "この機種だけを表示します"),
    (
        "Where the new tokens are kept; see location list",
        "新しいトークンの保管場所．一覧は location list で表示されます",
    ),
    (
        "Sends tokens to another location; all of them, or none",
        "トークンを別の保管場所に送ります．全部送るか，何も送らないかです",
    ),
    (
        "On their way they are no free stock. What is scanned is sent when the input has ended.",
        "輸送中のトークンは貸し出せません．--scan では，入力の終わりにまとめて送ります．",
    ),
    ("Serials on the backs of the tokens that are sent", "送るトークンの裏面のシリアル番号"),
    ("The location they are sent to", "送り先の保管場所"),
    (
        "Reads serials line by line, as a scanner types them, until the input ends; then sends what was read",
        "スキャナで読むように，シリアル番号を1行ずつ入力の終わりまで読み，まとめて送ります",
    ),
    (
        "Receives tokens that were sent from another location: those that are named, or all",
        "別の保管場所から送られたトークンを受け取ります．指定したもの，または全部です",
    ),
    (
        "What did not come is named, and stays on its way. With --scan, an error of one line does not stop the next, and the exit code is the highest of all lines.",
        "届かなかったものはその番号を示し，輸送中のままにします．--scan では，1行がエラーになっても次の行に進みます．終了コードはすべての行のうち最大のものです．",
    ),
    ("The name of the transfer, as transfers shows it", "transfers で表示される移送の名前"),
    (
        "Serials of those that came; without any, all came",
        "届いたトークンのシリアル番号．省略すると全部届いたものとします",
    ),
    (
        "Reads serials line by line, as a scanner types them; each is received at once",
        "スキャナで読むように，シリアル番号を1行ずつ読み，その都度受け取ります",
    ),
    (
        "Lists transfers with tokens on their way, or the tokens of one",
        "輸送中のトークンがある移送の一覧，または一つの移送の内容を表示します",
    ),
    ("Only this one, with its tokens", "この移送だけを，トークンとともに表示します"),
    ("Complete ones too, not only those with tokens on their way", "完了したものも表示します"),
    (
        "Names the next free token of a model in a location: the oldest import first",
        "保管場所にある機種のうち，次に貸し出すトークンを示します（取り込みの古い順）",
    ),
    ("The model, as stock shows it", "stock で表示される機種"),
    ("The location it is taken from", "トークンを出す保管場所"),
    ("Lists models and says what is known of them", "機種の一覧と，機種についての情報の変更"),
    (
        "Says something of a model; what is not said stays as it is",
        "機種についての情報を変更します．指定しないものは変わりません",
    ),
    (
        "Lists models, with what their tokens are like and what is known of them",
        "機種の一覧を，トークンの仕様と登録した情報とともに表示します",
    ),
    ("Who makes it, as stock shows it", "stock で表示される製造元"),
    ("How many years its battery lasts", "電池の寿命（年）"),
    (
        "How far its clock may drift, in millionths; 10 is about a second a day",
        "時計のずれの上限（百万分の一，ppm）．10 は1日に約1秒です",
    ),
    (
        "How few may be left free before stock says so; 0 says so no more",
        "必要数．在庫がこれを下回ると stock が知らせます．0 で知らせなくなります",
    ),
    (
        "Where --low-stock counts; without it, in all locations together",
        "--low-stock を数える保管場所．省略すると全保管場所の合計です",
    ),
    ("Keeps a token for a person until a day", "トークンを期限まで取り置きます"),
    (
        "It is lent to nobody else meanwhile; when it is lent to the person, or the day has passed, it is kept no more.",
        "その間は別の人には貸し出せません．本人に貸し出すか，期限を過ぎると，取り置きは終わります．",
    ),
    (
        "The serial on the back of the token; else the next free one of --model in --location",
        "トークン裏面のシリアル番号．省略すると --location にある --model の次の空きを取り置きます",
    ),
    ("The 10-digit ID of the person it is kept for", "取り置く人の共通ID（10桁の数字）"),
    (
        "The last day in Japan on which it is kept, such as 2027-03-31; 14 days from now where nothing is said",
        "取り置く最後の日（日本の日付，例: 2027-03-31）．省略すると今から14日間です",
    ),
    ("The department it is kept through", "取り置きを扱う部局"),
    ("Lists tokens that are kept for people, and sets them free", "取り置いたトークンの一覧と取り消し"),
    ("Lists what is to be picked up, those that end first first", "取り置きの一覧を期限の近い順に表示します"),
    ("Sets a token free that is kept for somebody", "取り置きを取り消します"),
    (
        "Counts what is in a location by scanning it, and lists what is missing and what is surplus",
        "保管場所の棚卸しをします．スキャンした結果から，不足と余分の一覧を作ります",
    ),
    (
        "Begins to count what is in a location; one stocktake at a time in each",
        "保管場所の棚卸しを始めます．一つの場所で同時に行えるのは一つです",
    ),
    ("The location that is counted", "棚卸しをする保管場所"),
    (
        "Takes down what lies there: serials line by line, as a scanner types them, until the input ends",
        "そこにあるものを記録します．スキャナで読むように，シリアル番号を1行ずつ入力の終わりまで読みます",
    ),
    (
        "An error of one line does not stop the next, and the exit code is the highest of all lines. Several people may scan for one stocktake, and go on another time.",
        "1行がエラーになっても次の行に進みます．終了コードはすべての行のうち最大のものです．一つの棚卸しを何人かで，また何回かに分けてスキャンできます．",
    ),
    ("The name of the stocktake, as stocktake list shows it", "stocktake list で表示される棚卸しの名前"),
    ("Serials, in the place of scanning", "スキャンの代わりに指定するシリアル番号"),
    (
        "Ends a stocktake and lists what is missing and what is surplus; each stands in the record of its token",
        "棚卸しを終え，不足と余分の一覧を表示します．それぞれのトークンの記録にも残ります",
    ),
    (
        "Says of tokens on the shelf that lie there and belong elsewhere that they belong there from now on",
        "別の場所で保管しているはずの在庫のトークンがあれば，この場所の保管に改めます",
    ),
    ("Lists what a closed stocktake found missing and surplus", "終えた棚卸しの，不足と余分の一覧を表示します"),
    ("Lists stocktakes, newest first", "棚卸しの一覧を新しい順に表示します"),
    (
        "Makes labels with the serial as a bar code (Code 128) and as text",
        "シリアル番号をバーコード（Code 128）と文字で示すラベルを作ります",
    ),
    ("Serials of the tokens that get a label", "ラベルを作るトークンのシリアル番号"),
    ("What the labels are written in", "ラベルの形式"),
    ("A picture of all labels, in their size", "すべてのラベルを実寸で並べた画像"),
    ("The language of Zebra's label printers", "Zebra のラベルプリンタの言語"),
    ("The file to write; else they go to stdout", "書き出すファイル．省略すると標準出力に書きます"),
    ("Only tokens that are kept in this location", "この保管場所のトークンだけを表示します"),
    (
        "The lot that the file becomes: it is held against what lot expect wrote down of its box",
        "このファイルのロット．lot expect で登録した納品内容と照合します",
    ),
    ("It is right that the file is not what the box held", "納品内容との差異を承認します"),
    // lot.
    (
        "Lists lots (what one import brought), proves how they are to be read, keeps them from use",
        "ロット（一度に取り込んだトークンのまとまり）の一覧，読み方の確認，利用の停止",
    ),
    ("Lists lots, newest first", "ロットの一覧を新しい順に表示します"),
    ("Shows one lot", "ロットを一つ表示します"),
    (
        "Only lots whose seed file nobody confirmed was destroyed",
        "シードファイルの廃棄が確認されていないロットだけを表示します",
    ),
    (
        "The boxes whose seed file is still waited for, in the place of lots",
        "ロットの代わりに，シードファイルの取り込みを待っている納品を表示します",
    ),
    (
        "Writes down what the box of a lot held, when it came; import --lot then holds the seed file against it",
        "届いた箱の中身を登録します．import --lot でシードファイルと照合します",
    ),
    (
        "Holds a lot against what its box held, and names every token that is missing or surplus",
        "ロットを納品内容と照合し，不足や余分のトークンをすべて示します",
    ),
    ("Confirms that the seed file of a lot was destroyed", "ロットのシードファイルを廃棄したことを記録します"),
    (
        "The lot that the seed file becomes, or became; the next of the day where none is named",
        "シードファイルに対応するロット．省略すると今日の次のロットになります",
    ),
    ("Who made the tokens", "トークンの製造元"),
    ("Their model, as seed files name it; see model list", "機種（シードファイルでの名前．model list を参照）"),
    ("The purchase order", "発注番号"),
    ("How many tokens the box held", "箱に入っていた本数"),
    (
        "The serials that were scanned from the box, one a line; - reads from stdin",
        "箱から読み取ったシリアル番号（1行に1つ）のファイル．- は標準入力",
    ),
    (
        "It is the first delivery of the model: nobody knows it yet",
        "初めて納品された機種です（まだ登録されていません）",
    ),
    (
        "Where the seed file came first: it is right that it is not what the box held",
        "シードファイルを先に取り込んだ場合に，納品内容との差異を承認します",
    ),
    ("Gives up waiting for the seed file", "シードファイルの取り込み待ちを取りやめます"),
    ("The SHA-256 of the file, as lot show shows it", "ファイルの SHA-256（lot show に表示されます）"),
    (
        "The file itself, just before it is destroyed: its SHA-256 is computed here, and nothing of it is sent",
        "廃棄する直前のファイル．SHA-256 はこのコンピュータで計算し，ファイルは送信しません",
    ),
    ("How it was destroyed", "廃棄の方法"),
    ("Who destroyed it, where it was not you", "廃棄した人（自分でない場合）"),
    ("On which day, such as 2026-11-24; today where none is said", "廃棄した日（2026-11-24 など）．省略すると今日"),
    ("The file and its copies were deleted", "ファイルとその複製を削除した"),
    ("It was overwritten before it was deleted", "上書きしてから削除した"),
    ("The disk, stick or paper it was on was destroyed", "ディスク，USBメモリ，紙などの媒体を破壊した"),
    ("The key that opens it was destroyed", "復号鍵を廃棄した"),
    ("None of the others; the note says how", "その他（方法は備考に書く）"),
    (
        "Proves how a lot is to be read, by a code that one of its tokens shows, and opens it",
        "ロットのトークンが表示するコードで，ファイルの読み方を確かめ，ロットを開きます",
    ),
    (
        "Keeps a lot from use at once: nothing of it is lent, and no code of it counts",
        "ロットの利用をただちに止めます．貸出はできなくなり，確認コードも受け付けません",
    ),
    (
        "Calls a lot back: nothing of it is lent any more; lists who holds its tokens, and stops their codes when asked to",
        "ロットを回収します．新たな貸出はできなくなります．誰が持っているかを一覧にし，指定したときに確認コードを止めます",
    ),
    (
        "Stops the codes of these tokens, which counted until now",
        "これらのトークンの確認コードを止めます（それまでは有効です）",
    ),
    ("Stops the codes of all its tokens", "このロットのすべてのトークンの確認コードを止めます"),
    ("Lists at most N", "最大N件を一覧にします"),
    ("Lets a lot be used again that was quarantined or recalled", "隔離または回収したロットを，また使えるようにします"),
    ("The vendor says so", "製造元の通知"),
    ("Its devices fail", "故障が多い"),
    ("Others may know its seeds", "シードが漏えいしたおそれがある"),
    ("What was wrong is mended", "問題が解決した"),
    ("The serial on the back of the token in hand", "手元のトークンの裏面のシリアル番号"),
    (
        "The code it shows; or two in the order shown, which also find a clock that is far off",
        "表示されたコード．表示順に二つ入力すると，時計が大きくずれていても確かめられます",
    ),
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
        "Only events of which this is true: comparisons joined by AND, OR and NOT, on subject, user, operator, action, outcome, record_time and request_id",
        "この条件に合う記録だけ．AND，OR，NOT でつないだ比較で，使える項目は subject，user，operator，action，outcome，record_time，request_id です",
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
    // Worklists and reports.
    (
        "Answers a worklist (tokens to look after, with the next command) or a report (sums, forecasts)",
        "作業リスト（対応が必要なトークンと次の操作），または集計や予測のレポートを示します",
    ),
    (
        "It exits with 0 whenever it could answer; an empty worklist is a good one. With -o svg it is drawn.",
        "答えられたときの終了コードは 0 です．作業リストは空のこともあります．-o svg で図になります．",
    ),
    ("Which worklist or report", "作業リストまたはレポートの名前"),
    (
        "How many days it looks back (unproven, dormant, loans, fleet-clock) or ahead (leavers, expiring, drift)",
        "さかのぼる日数（unproven，dormant，loans，fleet-clock），または先を見る日数（leavers，expiring，drift）",
    ),
    (
        "From which day it looks back, in Japan, such as 2026-04-01",
        "この日（日本時間）までさかのぼります（例: 2026-04-01）",
    ),
    (
        "Lent, and no code of it was accepted since; with --days, for so long",
        "貸出後に確認コードが一度も受理されていないもの．--days を付けると，貸出からその日数が過ぎたもの",
    ),
    ("Lent for longer than was agreed", "返却期限を過ぎたもの"),
    (
        "Lent, and not seen at a desk for 365 days or --days; sign-ins at Entra are not seen",
        "貸出中で，窓口で365日または --days の間確認されていないもの．Entra でのサインインは分かりません",
    ),
    (
        "Lent, and disabled, locked, or with three wrong codes in a row or more",
        "貸出中で，無効または一時的に停止になったもの，確認コードを3回以上続けて誤ったもの",
    ),
    (
        "Lent to people who have left or leave within --days, by the directory, or go on under another ID",
        "名簿によると離籍した人，--days 以内に離籍する人，別の共通IDに移った人に貸出中のもの",
    ),
    (
        "In stock or lent, and its battery or the vendor's term ends within 365 days or --days",
        "在庫または貸出中で，電池または製造元の定めた期限が365日または --days 以内に切れるもの",
    ),
    ("Tokens by location, model and lot", "保管場所，機種，ロット別の本数"),
    ("Batteries that end, by fiscal year, model and lot", "年度，機種，ロット別の電池切れ予測"),
    ("Tokens to buy, by fiscal year and model", "年度，機種別の購入案"),
    (
        "In stock, and its clock leaves Entra's window within 365 days or --days",
        "在庫で，時刻が365日または --days 以内に Entra の許容範囲を外れるもの",
    ),
    ("How fast clocks drift, by model and lot", "機種，ロット別の時刻ずれの速さ"),
    ("Loans by month and department, of 365 days or --days", "365日または --days の月別，部局別の貸出件数"),
    (
        "Days on which clocks moved together: then the server's own may be wrong",
        "多くのトークンの時刻が同じように動いた日．サーバの時計がずれている疑いがあります",
    ),
];
