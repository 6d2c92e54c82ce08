// What every program needs: the connection, and what a refusal says.

using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Google.Rpc;
using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Net.Client.Configuration;
using Tokenfleet.V1;

namespace HelpDesk;

/// <summary>One operator's connection over mutual TLS. Keep one for as long as the program runs; threads may share it.</summary>
public sealed class Connection : IDisposable
{
    // How long a call may take. A call without a deadline can wait for ever.
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    private readonly GrpcChannel channel;
    private readonly Metadata metadata;

    /// <param name="server">HOST:PORT, the host by its name.</param>
    /// <param name="authority">The fleet's ca.pem.</param>
    /// <param name="own">The operator's certificate with its key: see <see cref="FromPfx"/> and <see cref="FromPem"/>.</param>
    /// <param name="language">That of the person who reads what the server says: en or ja.</param>
    public Connection(string server, string authority, X509Certificate2 own, string language)
    {
        var trust = new X509ChainPolicy
        {
            // The fleet's own authority and no other. Names are still checked; there are no revocation lists to ask.
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        trust.CustomTrustStore.ImportFromPemFile(authority);
        var handler = new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                ClientCertificates = new X509CertificateCollection { own },
                CertificateChainPolicy = trust,
            },
            EnableMultipleHttp2Connections = true,
        };
        channel = GrpcChannel.ForAddress("https://" + server, new GrpcChannelOptions
        {
            HttpHandler = handler,
            DisposeHttpClient = true,
            ServiceConfig = new ServiceConfig { MethodConfigs = { Retries() } },
        });
        metadata = new Metadata { { "accept-language", language } };
        Codes = new CodeService.CodeServiceClient(channel);
        Lending = new LendingService.LendingServiceClient(channel);
        Tokens = new TokenService.TokenServiceClient(channel);
    }

    public CodeService.CodeServiceClient Codes { get; }

    public LendingService.LendingServiceClient Lending { get; }

    public TokenService.TokenServiceClient Tokens { get; }

    /// <summary>The certificate and key of a file that `tokenadm profile export --pkcs12` has written.</summary>
    public static X509Certificate2 FromPfx(string file, string password)
    {
        return X509CertificateLoader.LoadPkcs12FromFile(file, password);
    }

    /// <summary>The certificate and key of a profile folder.</summary>
    public static X509Certificate2 FromPem(string profile)
    {
        using var read = X509Certificate2.CreateFromPemFile(
            Path.Combine(profile, "cert.pem"), Path.Combine(profile, "key.pem"));
        // TLS on Windows does not take a key that was never in a key store; by this way it gets into one.
        return X509CertificateLoader.LoadPkcs12(read.Export(X509ContentType.Pkcs12), null);
    }

    /// <summary>
    /// Calls with a deadline, and once more where the answer did not come in time: with the same request_id what was done is
    /// not done twice, and its answer comes again. Throws <see cref="Refused"/> where the server says no, and RpcException
    /// where it could not be asked.
    /// </summary>
    public async Task<TAnswer> Call<TRequest, TAnswer>(
        Func<TRequest, CallOptions, AsyncUnaryCall<TAnswer>> rpc, TRequest request)
    {
        try
        {
            return await CallOnce(rpc, request);
        }
        catch (RpcException error) when (error.StatusCode == StatusCode.DeadlineExceeded)
        {
            return await CallOnce(rpc, request);
        }
    }

    /// <summary>
    /// Every page of a list. A page may be shorter than asked for, even empty, and still not be the last: follow the token.
    /// </summary>
    public async IAsyncEnumerable<IReadOnlyList<Token>> Pages(string filter)
    {
        var request = new ListTokensRequest { PageSize = 100, Filter = filter };
        do
        {
            var page = await Call(Tokens.ListTokensAsync, request);
            yield return page.Tokens;
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken != "");
    }

    /// <summary>The request_id of a new deed.</summary>
    public static string NewId()
    {
        return Guid.NewGuid().ToString();
    }

    public void Dispose()
    {
        channel.Dispose();
    }

    // What docs/service-config.json says: asks again by itself what the server could not take just now.
    private static MethodConfig Retries()
    {
        return new MethodConfig
        {
            Names = { MethodName.Default },
            RetryPolicy = new RetryPolicy
            {
                MaxAttempts = 4,
                InitialBackoff = TimeSpan.FromSeconds(0.5),
                MaxBackoff = TimeSpan.FromSeconds(5),
                BackoffMultiplier = 2,
                RetryableStatusCodes = { StatusCode.Unavailable },
            },
        };
    }

    private async Task<TAnswer> CallOnce<TRequest, TAnswer>(
        Func<TRequest, CallOptions, AsyncUnaryCall<TAnswer>> rpc, TRequest request)
    {
        try
        {
            return await rpc(request, new CallOptions(metadata, DateTime.UtcNow + Deadline));
        }
        catch (RpcException error) when (error.StatusCode != StatusCode.DeadlineExceeded && Refused.Of(error) is { } no)
        {
            throw no;
        }
    }
}

/// <summary>A refusal. Reason and Code are for programs and stay as they are; the message and Hint are for people.</summary>
public sealed class Refused : Exception
{
    private Refused(string message, RpcException error)
        : base(message, error)
    {
    }

    public string Reason { get; private init; } = "";

    public string Code { get; private init; } = "";

    public string Hint { get; private init; } = "";

    /// <summary>The server's name for the request; it finds the line in the server's log.</summary>
    public string RequestId { get; private init; } = "";

    /// <summary>How long to wait, where waiting helps.</summary>
    public TimeSpan? RetryAfter { get; private init; }

    /// <summary>Reads the details of an error; null where it has none, since then the server did not answer.</summary>
    public static Refused? Of(RpcException error)
    {
        var packed = error.Trailers.GetValueBytes("grpc-status-details-bin");
        if (packed == null)
        {
            return null;
        }
        var info = new ErrorInfo();
        var words = new LocalizedMessage();
        var help = new Help();
        var request = new RequestInfo();
        RetryInfo? retry = null;
        foreach (var detail in Google.Rpc.Status.Parser.ParseFrom(packed).Details)
        {
            info = detail.TryUnpack<ErrorInfo>(out var isInfo) ? isInfo : info;
            words = detail.TryUnpack<LocalizedMessage>(out var isWords) ? isWords : words;
            help = detail.TryUnpack<Help>(out var isHelp) ? isHelp : help;
            request = detail.TryUnpack<RequestInfo>(out var isRequest) ? isRequest : request;
            retry = detail.TryUnpack<RetryInfo>(out var isRetry) ? isRetry : retry;
        }
        return new Refused(words.Message, error)
        {
            Reason = info.Reason,
            Code = info.Metadata.TryGetValue("code", out var code) ? code : "",
            Hint = help.Links.Count > 0 ? help.Links[0].Description : "",
            RequestId = request.RequestId,
            RetryAfter = retry?.RetryDelay.ToTimeSpan(),
        };
    }
}
