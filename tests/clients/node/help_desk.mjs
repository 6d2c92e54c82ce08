// A help desk's program: lists, lends, verifies, resyncs and takes back tokens, and reads refusals.
//
// A model to copy from: `Connection` and `Refused` are what every program needs, `main` is the day at the desk. It
// checks what it sees and ends with exit 1 at the first thing that is not right, so that it is a test of the server as
// well.
//
//     node help_desk.mjs PROTOS SERVER DESK VERIFIER PRACTICE
//
// PROTOS is the folder proto/ of the repository, read at run time; docs/ stands beside it. SERVER is HOST:PORT. DESK
// and VERIFIER are profile folders as `tokenadm operator add` writes them, of an operator with the role desk and of one
// with the role verifier. PRACTICE is a folder of `tokenadm practice new`: at least four tokens, all in stock, the last
// one's clock 310 s slow. `tokenadm` is on the PATH.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join, parse } from 'node:path';
import grpc from '@grpc/grpc-js';
import { fromJSON, loadSync } from '@grpc/proto-loader';

// Milliseconds a call may take. A call without a deadline can wait for ever.
const DEADLINE = 10_000;

// Messages are plain objects: fields named as in the protos, enums as their names, a Timestamp as {seconds, nanos}.
// What is not set has its default (a message: null), and an int64 is a string, since no double holds them all.
const READING = { keepCase: true, longs: String, enums: String, defaults: true, oneofs: true };

// One operator's connection over mutual TLS. Keep one for as long as the program runs.
class Connection {
  // `language` is that of the person who reads what the server says: `en` or `ja`.
  constructor(protos, server, profile, language) {
    const files = readdirSync(join(protos, 'tokenfleet/v1')).filter((name) => name.endsWith('.proto'));
    const definition = loadSync(files.map((name) => `tokenfleet/v1/${name}`), { ...READING, includeDirs: [protos] });
    const { v1 } = grpc.loadPackageDefinition(definition).tokenfleet;
    const read = (name) => readFileSync(join(profile, name));
    const credentials = grpc.credentials.createSsl(read('ca.pem'), read('key.pem'), read('cert.pem'));
    this.metadata = new grpc.Metadata();
    this.metadata.set('accept-language', language);
    // Has gRPC repeat by itself what the server could not take just now; each deed's request_id makes that safe.
    const options = { 'grpc.service_config': readFileSync(join(protos, '../docs/service-config.json'), 'utf8') };
    this.authentication = new v1.AuthenticationService(server, credentials, options);
    this.codes = new v1.CodeService(server, credentials, options);
    this.lending = new v1.LendingService(server, credentials, options);
    this.tokens = new v1.TokenService(server, credentials, options);
  }

  // Calls with a deadline. Throws `Refused` where the server says no, an error of gRPC's where it could not be asked or
  // its answer did not come in time.
  call(service, rpc, request, deadline = DEADLINE) {
    return new Promise((resolve, reject) => {
      service[rpc](request, this.metadata, { deadline: Date.now() + deadline }, (error, answer) =>
        error ? reject(Refused.of(error)) : resolve(answer));
    });
  }

  // Every page of a list. A page may be shorter than asked for and still not be the last: follow the token.
  async *pages(question = {}) {
    const request = { page_size: 2, ...question };
    do {
      const page = await this.call(this.tokens, 'ListTokens', request);
      yield page.tokens;
      request.page_token = page.next_page_token;
    } while (request.page_token);
  }

  close() {
    for (const service of [this.authentication, this.codes, this.lending, this.tokens]) service.close();
  }
}

// A refusal. `reason` and `code` are for programs and stay as they are; `message` and `hint` are for people.
class Refused extends Error {
  // Reads the details of an error. Where it has none the server did not answer, and it stays as it is.
  static of(error) {
    const [packed] = error.metadata.get('grpc-status-details-bin');
    if (!packed) return error;
    const details = Object.fromEntries(
      DETAILS.Status.deserialize(packed).details.map(({ type_url, value }) => {
        const kind = type_url.split('.').at(-1);
        return [kind, DETAILS[kind]?.deserialize(value)];
      }));
    const { ErrorInfo, LocalizedMessage, Help, RequestInfo, RetryInfo } = details;
    return Object.assign(new Refused(LocalizedMessage.message), {
      status: error.code,
      reason: ErrorInfo.reason,
      code: ErrorInfo.metadata.code,
      language: LocalizedMessage.locale,
      hint: Help.links[0].description,
      requestId: RequestInfo.request_id, // for your log: it finds the line in the server's
      retryAfter: Number(RetryInfo?.retry_delay.seconds ?? 0), // seconds; 0 where waiting does not help
    });
  }
}

// What is read of the standard details of gRPC errors: the package google.rpc, whose protos come with no package of
// Node's that is small.
const DETAILS = fromJSON({
  nested: {
    Any: { fields: { type_url: { type: 'string', id: 1 }, value: { type: 'bytes', id: 2 } } },
    Status: { fields: { details: { rule: 'repeated', type: 'Any', id: 3 } } },
    ErrorInfo: {
      fields: { reason: { type: 'string', id: 1 }, metadata: { keyType: 'string', type: 'string', id: 3 } },
    },
    LocalizedMessage: { fields: { locale: { type: 'string', id: 1 }, message: { type: 'string', id: 2 } } },
    Link: { fields: { description: { type: 'string', id: 1 } } },
    Help: { fields: { links: { rule: 'repeated', type: 'Link', id: 1 } } },
    RequestInfo: { fields: { request_id: { type: 'string', id: 1 } } },
    Duration: { fields: { seconds: { type: 'int64', id: 1 } } },
    RetryInfo: { fields: { retry_delay: { type: 'Duration', id: 1 } } },
  },
}, READING);

// The request_id of a new deed. After UNAVAILABLE or DEADLINE_EXCEEDED send the same request with the same id once
// more: what was done is not done twice, and its answer comes again.
const newId = randomUUID;

async function main(protos, server, deskProfile, verifierProfile, practice) {
  const desk = new Connection(protos, server, deskProfile, 'ja');
  const system = new Connection(protos, server, verifierProfile, 'en');
  const serials = readdirSync(join(practice, 'devices')).map((file) => parse(file).name).sort();
  const [first, second, third, slow] = [...serials.slice(0, 3), serials.at(-1)];
  // Whom they are lent to: ten digits each, the IDs of nobody.
  const [hanako, taro, saburo, jiro] = [first, second, third, slow].map((serial) => serial.padStart(10, '0'));

  // Looking.
  let pages = await all(desk.pages());
  const listed = pages.flat().map((token) => token.serial);
  assert(serials.every((serial) => listed.includes(serial)));
  assert.equal(new Set(listed).size, listed.length);
  assert(pages.length > 1 && pages.every((page) => page.length <= 2));
  ok('every token is listed once, two a page');

  // Lending.
  const loan = { token: first, user: hanako, checked: 'CHECKED_STAFF_CARD', request_id: newId() };
  const late = { code: grpc.status.DEADLINE_EXCEEDED };
  await assert.rejects(desk.call(desk.lending, 'AssignToken', loan, 0), late);
  ok('a deadline ends the wait; whether the deed was done is not known then');
  const lent = await desk.call(desk.lending, 'AssignToken', loan);
  assert.deepEqual([lent.token.user_id, lent.token.custody], [hanako, 'CUSTODY_LENT']);
  ok('a token is lent, by the same request');
  assert.deepEqual(await desk.call(desk.lending, 'AssignToken', loan), lent);
  ok('the same request again gives the same answer');
  let no = await refused(desk.call(desk.lending, 'AssignToken', { ...loan, user: taro }));
  assert.deepEqual([no.status, no.reason, no.code], [grpc.status.FAILED_PRECONDITION, 'REQUEST_ID_REUSED', 'TF-1019']);
  ok("its request_id can't be used for another");
  pages = await all(desk.pages({ filter: `custody = "LENT" AND user = "${hanako}"` }));
  assert.deepEqual(pages.flat().map((token) => token.serial), [first]);
  ok('a filter finds what a person holds');

  // Verifying, with the person and the token at the desk.
  const attempt = { token: first, code: shown(practice, first), request_id: newId() };
  const verified = await desk.call(desk.codes, 'VerifyToken', attempt);
  assert.equal(verified.token.state, 'TOKEN_STATE_LENT');
  assert.deepEqual([verified.verdict.inside_window, verified.verdict.advice], [true, 'ADVICE_NOTHING']);
  ok('a code is accepted');
  assert.deepEqual(await desk.call(desk.codes, 'VerifyToken', attempt), verified);
  ok('the same request again gives the same answer, though the code is used');
  no = await refused(desk.call(desk.codes, 'VerifyToken', { ...attempt, request_id: newId() }));
  assert.deepEqual([no.status, no.reason, no.code], [grpc.status.FAILED_PRECONDITION, 'CODE_REPLAYED', 'TF-2102']);
  assert.equal(no.language, 'ja');
  assert(no.message.includes(first) && japanese(no.message) && japanese(no.hint));
  assert.deepEqual([no.requestId.length, no.retryAfter], [16, 0]);
  ok('the code counts once, and the refusal says why and what to do, in Japanese');
  console.log(`   ${no.reason} ${no.code}: ${no.message}\n   ${no.hint}`);

  // Guessing is slowed down, and the refusal says how long to wait.
  await desk.call(desk.lending, 'AssignToken', { token: third, user: saburo, request_id: newId() });
  const guess = { token: third, code: shown(practice, third, '--at', '2020-01-01T00:00:00Z') };
  for (const reason of ['CODE_WRONG', 'CODE_WRONG', 'CODE_WRONG', 'TOKEN_LOCKED_OUT']) {
    no = await refused(desk.call(desk.codes, 'VerifyToken', { ...guess, request_id: newId() }));
    assert.equal(no.reason, reason);
  }
  assert.equal(no.status, grpc.status.RESOURCE_EXHAUSTED);
  assert(no.retryAfter > 0 && no.retryAfter <= 30);
  ok('after three wrong codes the refusal says how long to wait');

  // A token whose clock has gone wrong: two codes that follow each other set it right.
  await desk.call(desk.lending, 'AssignToken', { token: slow, user: jiro, request_id: newId() });
  const now = Date.now();
  const codes = [now - 30_000, now].map((moment) => shown(practice, slow, '--at', new Date(moment).toISOString()));
  no = await refused(desk.call(desk.codes, 'VerifyToken', { token: slow, code: codes[0], request_id: newId() }));
  assert.equal(no.reason, 'CODE_WRONG');
  ok("a slow token's code is refused");
  const resynced = await desk.call(desk.codes, 'ResyncToken', { token: slow, codes, request_id: newId() });
  assert(Math.abs(Number(resynced.verdict.offset_seconds) + 310) <= 60);
  assert(!resynced.verdict.inside_window);
  assert.equal(resynced.token.clock_offset_seconds, resynced.verdict.offset_seconds);
  ok('two codes bring it into step again');

  // A relying system learns yes or no, nothing else.
  await desk.call(desk.lending, 'AssignToken', { token: second, user: taro, request_id: newId() });
  const question = { user: taro, code: shown(practice, second), request_id: newId() };
  let answer = await system.call(system.authentication, 'VerifyCode', question);
  assert.equal(answer.result, 'RESULT_ACCEPTED');
  ok('a relying system is told yes');
  answer = await system.call(system.authentication, 'VerifyCode', { ...question, request_id: newId() });
  assert.equal(answer.result, 'RESULT_REJECTED');
  ok('a relying system is told no');
  no = await refused(system.call(system.tokens, 'ListTokens', {}));
  assert.deepEqual([no.status, no.reason], [grpc.status.PERMISSION_DENIED, 'ROLE_MISSING']);
  assert(no.language === 'en' && !japanese(no.message));
  ok('a relying system may not look');

  // Taking back.
  for (const user of [hanako, taro, saburo, jiro]) {
    const back = { user, reason: 'RETURN_REASON_LEAVING', request_id: newId() };
    const returned = await desk.call(desk.lending, 'ReturnToken', back);
    assert.deepEqual([returned.returned_by, returned.token.user_id], [user, '']);
  }
  ok('the tokens are taken back');

  desk.close();
  system.close();
}

async function all(pages) {
  const seen = [];
  for await (const page of pages) seen.push(page);
  return seen;
}

// The refusal that a call must end with.
async function refused(call) {
  const [ended] = await Promise.allSettled([call]);
  assert.equal(ended.status, 'rejected', 'this was to be refused');
  if (ended.reason instanceof Refused) return ended.reason;
  throw ended.reason;
}

function ok(what) {
  console.log(`ok ${what}`);
}

// What a made-up token shows; a real one's code is read off it by the person.
function shown(practice, serial, ...options) {
  const command = ['practice', 'code', serial, '--dir', practice, ...options];
  return execFileSync('tokenadm', command, { encoding: 'utf8' }).trim();
}

function japanese(text) {
  return /[\u3041-\u30ff]/.test(text);
}

await main(...process.argv.slice(2));
