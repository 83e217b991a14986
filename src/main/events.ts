import { startEventDelivery } from '../controllers/events/deliver-events.ts';
import { type EventRecorderDeps, startEventRecorder } from '../controllers/events/record-events.ts';
import { postEvent } from '../platform/webhook-post.ts';

/** Starts keeping events and, when there is a receiver, sending them. */
export function startEvents({
  webhookUrl,
  ...deps
}: EventRecorderDeps & { readonly webhookUrl: string | undefined }): { stop(): Promise<void> } {
  const { archive, clock, log } = deps;
  const recorder = startEventRecorder(deps);
  const delivery =
    webhookUrl === undefined
      ? undefined
      : startEventDelivery({ archive, clock, log, recorder, url: webhookUrl, post: postEvent });
  return {
    stop: async () => {
      await recorder.stop();
      await delivery?.stop();
    },
  };
}
