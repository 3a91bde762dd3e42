import { applyDecorators } from '@nestjs/common';
import { Transform, Type } from 'class-transformer';
import { IsIn, IsInt, Max, Min } from 'class-validator';

/** A setting that is a whole number from `min` to `max`, converted from text. */
export const WholeNumber = (min: number, max = Number.MAX_SAFE_INTEGER): PropertyDecorator =>
  applyDecorators(
    Type(() => Number),
    IsInt(),
    Min(min),
    Max(max),
  );

/** A setting that is "true" or "false". */
export const YesOrNo = (): PropertyDecorator =>
  applyDecorators(
    Transform(({ value }) => (value === 'true' ? true : value === 'false' ? false : value)),
    IsIn([true, false]),
  );

/** For a setting that is the beginning of URLs. */
export function withoutTrailingSlash({ value }: { value: unknown }): unknown {
  return typeof value === 'string' ? value.replace(/\/+$/, '') : value;
}
