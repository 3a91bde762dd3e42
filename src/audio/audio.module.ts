import { Module } from '@nestjs/common';
import { AudioValidator } from './audio-validator.service.js';
import { Ffmpeg } from './ffmpeg.service.js';

/** Runs ffmpeg and validates audio files. */
@Module({ providers: [Ffmpeg, AudioValidator], exports: [Ffmpeg, AudioValidator] })
export class AudioModule {}
