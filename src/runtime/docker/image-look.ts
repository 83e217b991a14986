import type { EngineClient } from './engine-client.ts';

/** The part of the engine's "inspect image" that pulls read. */
export interface LocalImage {
  readonly Id?: string;
  readonly RepoDigests?: readonly string[] | null;
}

/**
 * Finds images by name. What was found is remembered only while the engine tells of every change of its images, so a
 * task whose image is there need not wait for the engine to say so again (RUN-27).
 */
export class ImageLook {
  readonly #engine: EngineClient;
  readonly #found = new Map<string, LocalImage>();
  #isTold = false;
  /** Grows with each change: an answer that was asked for before it may be out of date. */
  #changes = 0;

  constructor(engine: EngineClient) {
    this.#engine = engine;
  }

  /** The image of this name; undefined when there is none. */
  async find(image: string): Promise<LocalImage | undefined> {
    const known = this.#found.get(image);
    if (known !== undefined) return known;
    const before = this.#changes;
    const found = await this.#engine.find<LocalImage>({
      method: 'GET',
      path: `/images/${encodeURIComponent(image)}/json`,
      step: 'pull',
    });
    if (found !== undefined && this.#isTold && before === this.#changes) this.#found.set(image, found);
    return found;
  }

  /** The engine tells of changes from now on. */
  trust(): void {
    this.forget();
    this.#isTold = true;
  }

  /** The engine does not tell of changes any more. */
  distrust(): void {
    this.forget();
    this.#isTold = false;
  }

  /** Some image or name has changed. */
  forget(): void {
    this.#changes += 1;
    this.#found.clear();
  }
}
