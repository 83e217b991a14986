import type { RuntimeStep } from '../driver.ts';
import { RuntimeError } from '../driver.ts';
import { type EngineClient, jsonLines } from './engine-client.ts';
import { packTar, type TarEntry } from './tar.ts';

/** An image of one layer that is made on the spot. */
export interface ImageToImport {
  /** `repository:tag`. */
  readonly reference: string;
  readonly entries: readonly TarEntry[];
  /** Dockerfile instructions that say how it runs, e.g. `ENTRYPOINT ["/pause"]`. */
  readonly changes: readonly string[];
  readonly step: RuntimeStep;
}

/** Makes an image from files, without a base image and without a registry. An older one of the name loses it. */
export async function importImage(engine: EngineClient, image: ImageToImport): Promise<void> {
  const cut = image.reference.lastIndexOf(':');
  const query = new URLSearchParams({
    fromSrc: '-',
    repo: image.reference.slice(0, cut),
    tag: image.reference.slice(cut + 1),
  });
  for (const change of image.changes) query.append('changes', change);
  const response = await engine.open({
    method: 'POST',
    path: `/images/create?${query}`,
    body: packTar(image.entries),
    step: image.step,
  });
  for await (const { error } of jsonLines<{ error?: string }>(response)) {
    if (error !== undefined)
      throw new RuntimeError(image.step, `the image ${image.reference} was refused: ${error}`);
  }
}
