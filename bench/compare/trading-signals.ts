import { ADX, ATR, BollingerBands, EMA, MACD, OBV, ROC, RSI, SMA, VWAP } from 'trading-signals';
import { emptyValues, type PeerIndicators } from './momentum.js';

const timeframe = () => ({
  rsi: new RSI(14),
  macd: new MACD(new EMA(12), new EMA(26), new EMA(9)),
  adx: new ADX(14),
  atr: new ATR(14),
  roc1: new ROC(1),
});

/** trading-signals as its documentation streams: `add` for each closed candle, never `replace`. */
export const tradingSignals = (): PeerIndicators => {
  const values = emptyValues();
  const minute = timeframe();
  const higher = [timeframe(), timeframe()] as const;
  const roc5 = new ROC(5);
  const roc15 = new ROC(15);
  const bollinger = new BollingerBands(20, 2);
  const volumeSma = new SMA(10);
  const volumeRoc = new ROC(10);
  const obv = new OBV(2);
  const vwap = new VWAP();
  return {
    values,
    minute: candle => {
      const { close } = candle;
      values.rsi = minute.rsi.add(close) ?? NaN;
      values.histogram = minute.macd.add(close)?.histogram ?? NaN;
      values.roc1 = 100 * (minute.roc1.add(close) ?? NaN);
      values.roc5 = 100 * (roc5.add(close) ?? NaN);
      values.roc15 = 100 * (roc15.add(close) ?? NaN);
      values.adx = minute.adx.add(candle) ?? NaN;
      values.plusDi = minute.adx.pdi ?? NaN;
      values.minusDi = minute.adx.mdi ?? NaN;
      minute.atr.add(candle);
      values.bollingerMiddle = bollinger.add(close)?.middle ?? NaN;
      values.volumeSma = volumeSma.add(candle.volume) ?? NaN;
      volumeRoc.add(candle.volume);
      obv.add(candle);
      vwap.add(candle);
    },
    higher: (index, candle) => {
      const { rsi, macd, adx, atr, roc1 } = higher[index];
      rsi.add(candle.close);
      adx.add(candle);
      atr.add(candle);
      roc1.add(candle.close);
      return macd.add(candle.close)?.histogram ?? NaN;
    },
  };
};
