// A day at the desk: shows what is in stock, lends a token, verifies a code of it, and brings it into step again where its
// clock has gone wrong. Codes are typed by the person at the desk.
//
//     dotnet run -- SERVER CA.PEM OPERATOR.PFX PASSWORD-FILE SERIAL USER-ID

using Grpc.Core;
using HelpDesk;
using Tokenfleet.V1;

if (args.Length != 6)
{
    Console.Error.WriteLine("usage: HelpDesk SERVER CA.PEM OPERATOR.PFX PASSWORD-FILE SERIAL USER-ID");
    return 2;
}
var (server, authority, pfx, serial, user) = (args[0], args[1], args[2], args[4], args[5]);
var password = File.ReadLines(args[3]).First().Trim();
using var desk = new Connection(server, authority, Connection.FromPfx(pfx, password), "ja");
try
{
    await List();
    await Lend();
    await Verify();
    return 0;
}
catch (Refused no)
{
    // What was refused, and what to do next, in the language of the person at the desk.
    Console.Error.WriteLine($"{no.Message} [{no.Code} {no.Reason}]");
    Console.Error.WriteLine(no.Hint);
    if (no.RetryAfter is { } wait)
    {
        Console.Error.WriteLine($"{Math.Ceiling(wait.TotalSeconds)} s");
    }
    return 1;
}
catch (RpcException error)
{
    Console.Error.WriteLine($"the server could not be asked: {error.Status.Detail}");
    return 1;
}

async Task List()
{
    await foreach (var page in desk.Pages("state = IN_STOCK"))
    {
        foreach (var token in page)
        {
            Console.WriteLine($"{token.Serial}  {token.Model}  {token.Location}");
        }
    }
}

async Task Lend()
{
    var loan = new AssignTokenRequest
    {
        Token = serial,
        User = user,
        Checked = Checked.StaffCard,
        RequestId = Connection.NewId(),
    };
    var lent = await desk.Call(desk.Lending.AssignTokenAsync, loan);
    Console.WriteLine($"{lent.Token.Serial} -> {lent.Token.UserId}");
}

// Decides by the reason, never by the words: a wrong code of a token in hand may be that of a clock that has gone wrong.
async Task Verify()
{
    var attempt = new VerifyTokenRequest { Token = serial, Code = Ask("code"), RequestId = Connection.NewId() };
    try
    {
        var verified = await desk.Call(desk.Codes.VerifyTokenAsync, attempt);
        Tell(verified.Verdict);
    }
    catch (Refused no) when (no.Reason == "CODE_WRONG")
    {
        Console.WriteLine(no.Message);
        await Resync();
    }
}

async Task Resync()
{
    var codes = new[] { Ask("a code"), Ask("the next code") };
    var request = new ResyncTokenRequest { Token = serial, Codes = { codes }, RequestId = Connection.NewId() };
    var resynced = await desk.Call(desk.Codes.ResyncTokenAsync, request);
    Tell(resynced.Verdict);
}

// A button token has no clock, and so no verdict.
void Tell(Verdict? verdict)
{
    if (verdict != null)
    {
        Console.WriteLine($"clock {verdict.OffsetSeconds:+0;-0;0} s, inside the window: {verdict.InsideWindow}");
    }
    if (verdict?.Advice == Advice.Replace)
    {
        Console.WriteLine("replace it: its clock runs away");
    }
}

string Ask(string what)
{
    Console.Write($"{what}: ");
    return Console.ReadLine()?.Trim() ?? "";
}
