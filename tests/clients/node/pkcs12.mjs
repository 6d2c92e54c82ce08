// Connects with a PKCS #12 file in the place of PEM files: an operator's key and certificate as Windows programs have them.
//
//     node pkcs12.mjs PROTOS SERVER CA FILE PASSWORD-FILE
//
// Prints the name of the operator whom the server sees.

import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

const [protos, server, ca, file, passwordFile] = process.argv.slice(2);
const { v1 } = grpc.loadPackageDefinition(
  loadSync('tokenfleet/v1/operator.proto', { keepCase: true, includeDirs: [protos] })).tokenfleet;
const passphrase = readFileSync(passwordFile, 'utf8').trim();
const identity = createSecureContext({ ca: readFileSync(ca), pfx: readFileSync(file), passphrase });
const operators = new v1.OperatorService(server, grpc.credentials.createFromSecureContext(identity));
operators.GetCurrentOperator({}, { deadline: Date.now() + 10_000 }, (error, answer) => {
  if (error) throw error;
  console.log(answer.operator.name);
  operators.close();
});
