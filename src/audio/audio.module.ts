import { Module } from '@nestjs/common';
import { AudioValidator } from './audio-validator.js';
import { Ffmpeg } from './ffmpeg.js';

/** What ffmpeg can tell and make of a file. */
@Module({ providers: [Ffmpeg, AudioValidator], exports: [Ffmpeg, AudioValidator] })
export class AudioModule {}
