import type { DaemonView } from './daemon-view.ts';

/**
 * What the images of the target revision are pinned to now: the first task that knows the digest of an image decides for
 * the later ones, also on hosts that join later and after a rollback. The same object when nothing is new. (MDM-34)
 */
export function pinnedImages({
  daemon,
  tasks,
  imageDigests: before,
}: DaemonView): DaemonView['imageDigests'] {
  let pinned = before;
  for (const { daemonRevisionArn, containers } of tasks) {
    if (daemonRevisionArn !== daemon.targetRevisionArn) continue;
    for (const { image, imageDigest } of containers) {
      if (imageDigest !== undefined && pinned[image] === undefined)
        pinned = { ...pinned, [image]: imageDigest };
    }
  }
  return pinned;
}
