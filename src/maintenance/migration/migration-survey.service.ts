import { Injectable } from '@nestjs/common';
import type { StoreName } from '../../platform/config/store-settings.js';
import { bytesOf, objectsOf } from '../../platform/storage/media-group.js';
import type { MediaStorage } from '../../platform/storage/media-storage.js';
import { largestObject } from '../../platform/storage/store-limits.js';
import { MediaLibrary } from './media-library.service.js';
import { megabytes, type Progress, type Survey } from './migration-report.js';

/** Reports what a migration would do, without changing anything. */
@Injectable()
export class MigrationSurvey {
  constructor(private readonly library: MediaLibrary) {}

  async of(
    fromName: StoreName,
    toName: StoreName,
    from: MediaStorage,
    progress: Progress,
    signal: AbortSignal,
  ): Promise<Survey> {
    const survey: Survey = { songs: 0, albums: 0, objects: 0, bytes: 0, largestBytes: 0, refused: [] };
    const limit = largestObject(toName);
    progress.total(await this.library.count(fromName));
    for await (const { kind, id, title, parts } of this.library.holders(fromName)) {
      signal.throwIfAborted();
      progress.begins(title);
      if (kind === 'song') survey.songs++;
      else survey.albums++;
      for (const part of parts.filter(({ store }) => store === fromName)) {
        try {
          const objects = await objectsOf(from, part);
          const largest = Math.max(...objects.map(({ bytes }) => bytes));
          survey.objects += objects.length;
          survey.bytes += bytesOf(objects);
          survey.largestBytes = Math.max(survey.largestBytes, largest);
          if (largest > limit)
            survey.refused.push({
              kind,
              id,
              title,
              reason: `a file of ${megabytes(largest)} is more than ${toName} takes (${megabytes(limit)} unless your plan allows more)`,
            });
        } catch (error) {
          survey.refused.push({
            kind,
            id,
            title,
            reason: `in ${fromName}: ${(error as Error).message}`,
          });
        }
      }
      progress.done();
    }
    return survey;
  }
}
