import { Module, type OnModuleInit } from '@nestjs/common';
import { Config } from '../platform/config/config.js';
import { HealthModule } from '../platform/health/health.module.js';
import { Readiness } from '../platform/health/readiness.service.js';
import { AudioModule } from './audio.module.js';
import { EncoderCheck } from './encoder-check.js';
import { Ffmpeg } from './ffmpeg.service.js';

/** Registers the ffmpeg check with /health. */
@Module({ imports: [AudioModule, HealthModule] })
export class EncoderHealthModule implements OnModuleInit {
  constructor(
    private readonly readiness: Readiness,
    private readonly ffmpeg: Ffmpeg,
    private readonly config: Config,
  ) {}

  onModuleInit(): void {
    this.readiness.register(new EncoderCheck(this.ffmpeg, this.config.WORKER !== 'none'));
  }
}
