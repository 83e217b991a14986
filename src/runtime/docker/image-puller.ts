import type { Clock, Instant } from '../../lib/clock.ts';
import { plusMs } from '../../lib/clock.ts';
import type { ImagePull, PulledImage, RegistryCredentials } from '../driver.ts';
import { RuntimeError } from '../driver.ts';
import { type EngineClient, EngineRefusal, jsonLines } from './engine-client.ts';
import { ImageLook, type LocalImage } from './image-look.ts';
import { parseImageReference } from './image-reference.ts';

/** A pull that has not said a word for this long is given up. */
const SILENCE_LIMIT_MS = 120_000;
/** The same, when an image that is already here would do. */
const SILENCE_LIMIT_WITH_LOCAL_MS = 10_000;
/** How long a registry that could not be reached is not asked again for images that are already here. */
const UNREACHABLE_MS = 60_000;

interface PullMessage {
  readonly status?: string;
  readonly error?: string;
}

/** Brings images to the host: one pull at a time for each image, with a limit on silence (RUN-20 to RUN-23). */
export class ImagePuller {
  /** What is known of the images that are here. */
  readonly look: ImageLook;
  readonly #engine: EngineClient;
  readonly #clock: Clock;
  readonly #running = new Map<string, Promise<PulledImage>>();
  readonly #unreachableUntil = new Map<string, Instant>();

  constructor(engine: EngineClient, clock: Clock) {
    this.#engine = engine;
    this.#clock = clock;
    this.look = new ImageLook(engine);
  }

  /** Callers that ask for the same image for the same owner at the same time share one pull. */
  async pull(request: ImagePull): Promise<PulledImage> {
    const { image, access, localImage } = request;
    const key = JSON.stringify([image, access?.owner, localImage]);
    const running = this.#running.get(key) ?? this.#begin(key, request);
    return abandonable(running, request.signal);
  }

  #begin(key: string, request: ImagePull): Promise<PulledImage> {
    const pull = this.#pullOrUseLocal(request).finally(() => this.#running.delete(key));
    this.#running.set(key, pull);
    return pull;
  }

  async #pullOrUseLocal(request: ImagePull): Promise<PulledImage> {
    const { image, localImage } = request;
    const reference = parseImageReference(image);
    const before = await this.look.find(image);
    const local = localImage === 'never' ? undefined : before;
    const known = local && {
      digest: digestOf(local, reference.repository),
      imageId: local.Id,
      isNew: false,
    };
    if (known !== undefined && localImage === 'first') return known;
    // A digest names its content: what is here under it is what the registry would send.
    const isPinned = reference.version.startsWith('sha256:');
    if (known !== undefined && isPinned) return { ...known, digest: reference.version };
    if (known !== undefined && this.#isUnreachable(reference.registry)) return known;
    try {
      const limitMs = known === undefined ? SILENCE_LIMIT_MS : SILENCE_LIMIT_WITH_LOCAL_MS;
      const digest = await this.#pullNow(request, limitMs).catch((error: unknown) => {
        if (!isUnauthorized(error) || request.access?.forget?.() !== true) throw error;
        return this.#pullNow(request, limitMs);
      });
      this.look.forget();
      const after = await this.look.find(image);
      return {
        digest: digest ?? digestOf(after, reference.repository),
        imageId: after?.Id,
        isNew: after?.Id !== before?.Id,
      };
    } catch (error) {
      this.#remember(reference.registry, error);
      // An engine that is away says nothing of the registry.
      if (known === undefined || isAway(error)) throw error;
      return known;
    }
  }

  async #pullNow({ image, access }: ImagePull, silenceLimitMs: number): Promise<string | undefined> {
    const { repository, version } = parseImageReference(image);
    const credentials = await access?.credentials();
    const path = `/images/create?fromImage=${encodeURIComponent(repository)}&tag=${encodeURIComponent(version)}`;
    const watchdog = this.#watchdog(silenceLimitMs, image);
    let digest: string | undefined;
    try {
      const headers =
        credentials === undefined ? undefined : { 'x-registry-auth': authHeader(credentials, image) };
      const response = await this.#engine.open({
        method: 'POST',
        path,
        headers,
        signal: watchdog.signal,
        step: 'pull',
      });
      for await (const message of jsonLines<PullMessage>(response)) {
        watchdog.heard();
        if (message.error !== undefined)
          throw new RuntimeError('pull', message.error, { isTemporary: mayPass(message.error) });
        digest = /^Digest: (sha256:[0-9a-f]{64})/.exec(message.status ?? '')?.[1] ?? digest;
      }
      return digest;
    } catch (error) {
      if (watchdog.signal.aborted) throw watchdog.signal.reason;
      if (error instanceof EngineRefusal && mayPass(error.message))
        throw new RuntimeError('pull', error.message, { isTemporary: true, cause: error });
      if (error instanceof RuntimeError) throw error;
      throw new RuntimeError('pull', `the pull of ${image} broke: ${String(error)}`, {
        isTemporary: true,
        cause: error,
      });
    } finally {
      watchdog.stop();
    }
  }

  /** Takes a name away; false when a container has the image. (RUN-25) */
  async remove(reference: string): Promise<boolean> {
    try {
      const path = `/images/${encodeURIComponent(reference)}`;
      await this.#engine.find({ method: 'DELETE', path, step: 'pull' });
      this.look.forget();
      return true;
    } catch (error) {
      if (error instanceof EngineRefusal && error.status === 409) return false;
      throw error;
    }
  }

  #watchdog(limitMs: number, image: string): { signal: AbortSignal; heard: () => void; stop: () => void } {
    const controller = new AbortController();
    let cancel = (): void => {};
    const heard = (): void => {
      cancel();
      cancel = this.#clock.schedule(plusMs(this.#clock.now(), limitMs), () => {
        const text = `the pull of ${image} made no progress for ${limitMs / 1000} seconds`;
        controller.abort(new RuntimeError('pull', text, { isTemporary: true }));
      });
    };
    heard();
    return { signal: controller.signal, heard, stop: () => cancel() };
  }

  #isUnreachable(registry: string): boolean {
    const until = this.#unreachableUntil.get(registry);
    return until !== undefined && until > this.#clock.now();
  }

  #remember(registry: string, error: unknown): void {
    if (isAway(error)) return;
    const isNetwork = error instanceof RuntimeError && (error.isTemporary || isNetworkText(error.message));
    if (isNetwork) this.#unreachableUntil.set(registry, plusMs(this.#clock.now(), UNREACHABLE_MS));
  }
}

const isAway = (error: unknown): boolean => error instanceof RuntimeError && error.isEngineAway;

/**
 * The digest under which the registry knows a local image of this repository. One under which another repository knows
 * the same image would name nothing here.
 */
function digestOf(local: LocalImage | undefined, repository: string): string | undefined {
  const digests = (local?.RepoDigests ?? []).map((text) => text.split('@'));
  return digests.find(([name = '']) => familiarName(name) === familiarName(repository))?.[1];
}

/** The engine leaves out what every name on Docker Hub has. */
const familiarName = (repository: string): string =>
  repository.replace(/^(?:index\.)?docker\.io\//, '').replace(/^library\//, '');

/** Transfers that broke off, layers that came damaged, registries that had too much to do. (LIF-12) */
const mayPass = (text: string): boolean =>
  isNetworkText(text) ||
  /\bEOF\b|connection reset|broken pipe|verification failed|unexpected HTTP status: 5|toomanyrequests/i.test(
    text,
  );

/** A token that is over, or that the registry does not know any more: it may have lost its state. (HARD-47) */
const isUnauthorized = (error: unknown): boolean =>
  error instanceof RuntimeError &&
  /authorization token has expired|no basic auth credentials|unauthorized|authentication required/i.test(
    error.message,
  );

/** The engine says so only in words. */
function isNetworkText(text: string): boolean {
  return /dial tcp|no such host|i\/o timeout|connection refused|network is unreachable|server misbehaving|TLS handshake timeout|Client\.Timeout|context deadline/.test(
    text,
  );
}

function authHeader(credentials: RegistryCredentials, image: string): string {
  const { registry } = parseImageReference(image);
  const body = { username: credentials.username, password: credentials.password, serveraddress: registry };
  // URL-safe, and padded: the engine takes an unpadded one for no credentials at all.
  return Buffer.from(JSON.stringify(body)).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}

/** One caller may give up; the pull goes on for the others. */
function abandonable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = (): void =>
    reject(new RuntimeError('pull', 'the pull was given up', { isTemporary: true, cause: signal.reason }));
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  return Promise.race([work, promise]).finally(() => signal.removeEventListener('abort', abort));
}
