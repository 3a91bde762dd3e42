import { Module } from '@nestjs/common';
import { AudioVerdict } from './audio-validator.js';
import { Ffmpeg } from './ffmpeg.js';

/** What ffmpeg can tell and make of a file. */
@Module({ providers: [Ffmpeg, AudioVerdict], exports: [Ffmpeg, AudioVerdict] })
export class AudioModule {}
