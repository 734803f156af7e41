declare module 'tulind' {
  export interface Indicator {
    readonly name: string;
    readonly full_name: string;
    /** `simple` for arithmetic, else the kind of chart that it belongs to. */
    readonly type: string;
    readonly input_names: readonly string[];
    readonly option_names: readonly string[];
    readonly output_names: readonly string[];
    /** How many rows the outputs are shorter than the inputs. */
    start(options: readonly number[]): number;
    /** Plain arrays of equal length; outputs are aligned with the inputs' ends. */
    indicator(inputs: readonly (readonly number[])[], options: readonly number[]): Promise<number[][]>;
    /** Calls back before it returns. */
    indicator(
      inputs: readonly (readonly number[])[],
      options: readonly number[],
      done: (error: unknown, outputs: readonly (readonly number[])[]) => void,
    ): void;
  }
  export interface Tulind {
    readonly version: string;
    readonly indicators: Readonly<Record<string, Indicator>>;
  }
  const tulind: Tulind;
  export default tulind;
}
