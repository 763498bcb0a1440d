import { createServer, type Server } from 'node:https';
import { json } from 'node:stream/consumers';
import { generate } from 'selfsigned';

/** A webhook that allows everything and remembers what it was asked: tests of what is sent to a webhook at all. */
export interface RecordingWebhook extends AsyncDisposable {
  /** PEM, for caBundle. */
  readonly ca: string;
  /** Requests since the last call of this method, such as `/validate CREATE team/a`, in order. */
  calls(): string[];
}

/** Serves with `pair`; without one, with a certificate of its own for `name`. */
export async function startRecordingWebhook(
  host: string,
  port: number,
  name: string,
  given?: { readonly cert: string; readonly private: string },
): Promise<RecordingWebhook> {
  const pair = given ?? (await certificateFor(name));
  let calls: string[] = [];
  const server = createServer({ cert: pair.cert, key: pair.private }, async (request, response) => {
    const review = (await json(request)) as { request: RecordedRequest };
    const { uid, operation, namespace, name } = review.request;
    calls.push(`${request.url?.split('?')[0]} ${operation} ${namespace}/${name}`);
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({
        apiVersion: 'admission.k8s.io/v1',
        kind: 'AdmissionReview',
        response: { uid, allowed: true },
      }),
    );
  });
  await listen(server, host, port);
  return {
    ca: pair.cert,
    calls: () => {
      const asked = calls;
      calls = [];
      return asked;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface RecordedRequest {
  readonly uid: string;
  readonly operation: string;
  readonly namespace: string;
  readonly name?: string;
}

function certificateFor(name: string) {
  return generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notAfterDate: new Date(Date.now() + 60 * 60 * 1000),
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: name }] }],
  });
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
}
