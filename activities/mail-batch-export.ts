import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import type { BatchExportActivities } from '../shared/batch-export.ts';
import { batchExportMail } from './mail/batch-export-mail.ts';
import { type Mail, MailError, type Mailer } from './mail/mailer.ts';

const TRIES = 2;
const PAUSE_MS = 2_000;

/**
 * Tells people how their batch export ended, each in a mail of their own. Mails are a courtesy: whatever the mail server does, the activity
 * succeeds, within about a minute; what was not sent is a warning in the log, without addresses.
 */
export function mailBatchExportActivity({
  mailer,
  consoleUrl,
}: {
  /** None: nothing is sent. */
  mailer?: Mailer | undefined;
  consoleUrl?: string | undefined;
}): Pick<BatchExportActivities, 'mailBatchExport'> {
  let toldOff = false;
  return {
    async mailBatchExport({ job, outcome }) {
      const recipients = [...new Set(job.request.notify)];
      if (recipients.length === 0) return;
      if (mailer === undefined) {
        if (!toldOff)
          Context.current().log.debug('No mails are sent: SMTP_CONNECTION_URL and EMAIL_FROM_ADDRESS are not set');
        toldOff = true;
        return;
      }
      const mail = batchExportMail(job, outcome, consoleUrl);
      const { projectId, exportId } = job;
      await Promise.all(
        recipients.map(async (to, index) => {
          const id = mailId(projectId, exportId, outcome.kind, to);
          const problem = await trySending(mailer, { id, to, ...mail });
          if (problem === undefined) return;
          const about = {
            projectId,
            exportId,
            outcome: outcome.kind,
            recipient: `${index + 1} of ${recipients.length}`,
          };
          Context.current().log.warn(`A mail about a batch export was not sent: ${problem}`, about);
        }),
      );
    },
  };
}

/** Why the mail was not sent; undefined when it was. */
async function trySending(mailer: Mailer, mail: Mail): Promise<string | undefined> {
  for (let attempt = 1; ; attempt++) {
    try {
      await mailer.send(mail);
      return undefined;
    } catch (error) {
      // Texts of other errors may quote the mail.
      if (!(error instanceof MailError)) return 'something went wrong that we did not foresee';
      if (error.permanent || attempt === TRIES) return error.message;
    }
    await sleep(PAUSE_MS);
  }
}

/** The same for the same news to the same person: an activity that runs again after its worker died sends the same mail. */
function mailId(...parts: string[]): string {
  return `batch-export-${createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32)}`;
}
