import { Injectable, ValidationPipe } from '@nestjs/common';
import type { ValidationError } from 'class-validator';
import { BadInputError } from '../errors/domain-error.js';

/** Validates arguments by the decorators of their classes. Throws BadInputError with all violations in one sentence. */
@Injectable()
export class ArgumentsPipe extends ValidationPipe {
  constructor() {
    super({ transform: true, exceptionFactory: toBadInput });
  }
}

function toBadInput(errors: ValidationError[]): BadInputError {
  return new BadInputError(
    `${errors.flatMap((error) => Object.values(error.constraints ?? {})).join('; ')}.`,
  );
}
