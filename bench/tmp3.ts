import { graphFigures } from './graph.js';
const g = graphFigures(console.log, 3); console.log(g.ratioToBareLoop);
