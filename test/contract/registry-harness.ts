import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRepository } from '../../src/api/ecr/create-repository.ts';
import { getAuthorizationToken } from '../../src/api/ecr/get-authorization-token.ts';
import { aContext, type TestContext } from '../../src/api/testing.ts';
import { bootstrapAccount } from '../../src/records/identity.ts';
import { tokenAuthentication } from '../../src/registry/authentication.ts';
import type { Authorize } from '../../src/registry/exchange.ts';
import { fileBlobStore } from '../../src/registry/file-blob-store.ts';
import { createRegistry, type Registry } from '../../src/registry/registry.ts';

/** An answer read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
}

/** A request as a client puts it on the wire. Several chunks, or `chunked`, go without a Content-Length. */
export interface Call {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string | readonly Buffer[];
}

/** A registry that listens, with a password for it. */
export interface Harness {
  readonly context: TestContext;
  readonly registry: Registry;
  readonly password: string;
  /** What `authorize` was asked, as `<action> <resource>`. */
  readonly asked: string[];
  readonly denied: Set<string>;
  call(method: string, path: string, options?: Call): Promise<Answer>;
  /** The same without a password. */
  anonymous(method: string, path: string, options?: Call): Promise<Answer>;
  close(): Promise<void>;
}

/** Starts a registry on a free port, with files in a new directory, and makes the repositories `app` and `base`. */
export async function startRegistry(): Promise<Harness> {
  const context = await aContext();
  const { store, ids, clock, log, installation } = context;
  const keys = await store.write((tx) => bootstrapAccount(tx, { ids, now: clock.now(), installation }));
  const signed = { ...context, caller: { ...context.caller, accessKeyId: keys.root.accessKeyId } };
  for (const repositoryName of ['app', 'base']) await createRepository(signed, { repositoryName });
  const login = async (): Promise<string> =>
    atob((await getAuthorizationToken(signed, {})).authorizationData?.[0]?.authorizationToken ?? '');
  const directory = mkdtempSync(join(tmpdir(), 'gantry-registry-'));
  const asked: string[] = [];
  const denied = new Set<string>();
  const authorize: Authorize = (_caller, action, resourceArn) => {
    asked.push(`${action} ${resourceArn.slice(resourceArn.lastIndexOf(':') + 1)}`);
    return denied.has(action) ? `User: x is not authorized to perform: ${action}` : undefined;
  };
  const blobs = fileBlobStore({ directory, clock });
  const authenticate = tokenAuthentication({ store, clock });
  const registry = createRegistry({ store, blobs, clock, ids, log, installation, authenticate, authorize });
  const server = createServer((message, response) => void registry.handle(message, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    context: { ...signed, clock },
    registry,
    password: (await login()).slice('AWS:'.length),
    asked,
    denied,
    call: async (method, path, options = {}) => {
      // Asked for anew each time, because a test may let the clock run past the end of a password.
      const authorization = `Basic ${btoa(await login())}`;
      return send(port, method, path, { ...options, headers: { authorization, ...options.headers } });
    },
    anonymous: (method, path, options = {}) => send(port, method, path, options),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(directory, { recursive: true });
    },
  };
}

function send(port: number, method: string, path: string, { headers = {}, body }: Call): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, method, path, headers }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () => {
        const whole = Buffer.concat(chunks);
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          body: whole,
          text: whole.toString(),
        });
      });
    });
    outgoing.on('error', reject);
    if (Array.isArray(body)) {
      outgoing.setHeader('transfer-encoding', 'chunked');
      for (const chunk of body) outgoing.write(chunk);
      outgoing.end();
    } else outgoing.end(body);
  });
}

/** The digest of bytes. */
export const digestOf = (bytes: Buffer | string, algorithm = 'sha256'): string =>
  `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;

/** Uploads a blob as containerd does: POST, then one PUT with everything. */
export async function pushBlob(harness: Harness, name: string, bytes: Buffer): Promise<string> {
  const digest = digestOf(bytes);
  const begun = await harness.call('POST', `/v2/${name}/blobs/uploads/`);
  const done = await harness.call('PUT', `${begun.headers.location}?digest=${digest}`, { body: bytes });
  if (done.status !== 201) throw new Error(`blob not stored: ${done.status} ${done.text}`);
  return digest;
}

export const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';

/** The text of an image manifest over a config and layers. */
export const manifestOf = (config: Buffer, layers: readonly Buffer[], members: object = {}): string =>
  JSON.stringify({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: descriptor('application/vnd.oci.image.config.v1+json', config),
    layers: layers.map((layer) => descriptor('application/vnd.oci.image.layer.v1.tar+gzip', layer)),
    ...members,
  });

/** The text of an index over manifests. */
export const indexOf = (manifests: readonly string[], members: object = {}): string =>
  JSON.stringify({
    schemaVersion: 2,
    mediaType: OCI_INDEX,
    manifests: manifests.map((text) => descriptor(OCI_MANIFEST, Buffer.from(text))),
    ...members,
  });

/** A descriptor of content. */
export const descriptor = (mediaType: string, bytes: Buffer) => ({
  mediaType,
  digest: digestOf(bytes),
  size: bytes.length,
});

/** Pushes config, layers and manifest and answers the manifest's text and digest. */
export async function pushImage(
  harness: Harness,
  name: string,
  image: { readonly tag: string; readonly layers: readonly string[]; readonly members?: object },
): Promise<{ readonly text: string; readonly digest: string }> {
  const config = Buffer.from(`config of ${image.layers.join()}`);
  const layers = image.layers.map((layer) => Buffer.from(layer));
  for (const blob of [config, ...layers]) await pushBlob(harness, name, blob);
  const text = manifestOf(config, layers, image.members);
  const done = await putManifest(harness, name, { reference: image.tag, text });
  if (done.status !== 201) throw new Error(`manifest not stored: ${done.status} ${done.text}`);
  return { text, digest: digestOf(text) };
}

/** PUTs a manifest. */
export const putManifest = (
  harness: Harness,
  name: string,
  manifest: { readonly reference: string; readonly text: string; readonly mediaType?: string },
): Promise<Answer> =>
  harness.call('PUT', `/v2/${name}/manifests/${manifest.reference}`, {
    headers: { 'content-type': manifest.mediaType ?? OCI_MANIFEST },
    body: manifest.text,
  });

/** The code and message of the first error of an answer. */
export function errorOf(answer: Answer): { status: number; code: string; message: string } {
  const { errors } = JSON.parse(answer.text) as { errors: { code: string; message: string }[] };
  const [first = { code: '', message: '' }] = errors;
  return { status: answer.status, code: first.code, message: first.message };
}
