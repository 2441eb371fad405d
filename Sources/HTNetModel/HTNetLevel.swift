import Autograd
import Compute
import NeuralNetwork
import Random

/// x = x + attention(norm(x)), then x = x + mlp(norm(x)).
struct HTNetBlock: Sendable {
  let attentionNorm: ChannelNorm
  let queryKeyValue: Linear
  let attentionOutput: Linear
  let mlpNorm: ChannelNorm
  let expand: Linear
  let contract: Linear
  let heads: Int
  let headDim: Int

  /// Over one token the softmax is the constant 1: queries and keys are never read, and the layer
  /// holds the value rows alone.
  init(
    _ key: String, _ configuration: HTNetConfiguration, level: Int,
    in layout: inout ParameterLayout
  ) {
    let dim = configuration.dim(level: level)
    let inner = configuration.innerDim(level: level)
    heads = configuration.heads(level: level)
    headDim = configuration.headDim(level: level)
    attentionNorm = ChannelNorm(key + ".0.norm", channels: dim, in: &layout)
    queryKeyValue = Linear(
      key + ".0.fn.to_qkv", inputs: dim, outputs: 3 * inner, bias: false,
      deadOutputs: configuration.sequenceLength == 1 ? 2 * inner : 0, in: &layout)
    attentionOutput = Linear(key + ".0.fn.to_out.0", inputs: inner, outputs: dim, in: &layout)
    mlpNorm = ChannelNorm(key + ".1.norm", channels: dim, in: &layout)
    let hidden = configuration.mlpMultiple * dim
    expand = Linear(key + ".1.fn.net.0", inputs: dim, outputs: hidden, in: &layout)
    contract = Linear(key + ".1.fn.net.3", inputs: hidden, outputs: dim, in: &layout)
  }

  /// [T, dim] → [T, dim].
  func callAsFunction<Backend>(
    _ x: Variable<Backend>, map: FeatureMap, dropout: inout DropoutSequence, on tape: Tape<Backend>
  ) -> Variable<Backend> {
    var attended = queryKeyValue(attentionNorm(x, on: tape), on: tape)
    let key = dropout.next()
    if map.sequence > 1 {
      attended = tape.attention(attended, map: map, heads: heads, dropout: key)
    } else if let key {
      attended = tape.dropout(attended, key, group: headDim)
    }
    let middle = residual(x, attentionOutput, attended, &dropout, on: tape)
    var hidden = tape.gelu(expand(mlpNorm(middle, on: tape), on: tape))
    if let key = dropout.next() { hidden = tape.dropout(hidden, key) }
    return residual(middle, contract, hidden, &dropout, on: tape)
  }

  /// x + dropout(layer(y)), in one operation where nothing is dropped.
  private func residual<Backend>(
    _ x: Variable<Backend>, _ layer: Linear, _ y: Variable<Backend>,
    _ dropout: inout DropoutSequence, on tape: Tape<Backend>
  ) -> Variable<Backend> {
    guard let key = dropout.next() else { return layer(y, residual: x, on: tape) }
    return tape.add(x, tape.dropout(layer(y, on: tape), key))
  }
}

/// The blocks of one level and, but for the last level, the aggregation to the next.
struct HTNetLevel: Sendable {
  struct Aggregation: Sendable {
    let convolution: Convolution3x3
    let norm: ChannelNorm
  }

  let positions: Parameter
  let blocks: [HTNetBlock]
  let aggregation: Aggregation?
  let map: FeatureMap

  init(_ configuration: HTNetConfiguration, level: Int, in layout: inout ParameterLayout) {
    let key = "layers.\(level)"
    let sequence = configuration.sequenceLength
    map = FeatureMap(
      side: configuration.mapSize(level: level), blocks: configuration.blocksPerSide(level: level))
    positions = layout.add(
      key + ".0.pos_emb", shape: [sequence], rows: 1, initialValues: .normal, kind: .positions)
    var blocks: [HTNetBlock] = []
    for index in 0..<configuration.blockRepeats[level] {
      blocks.append(
        HTNetBlock("\(key).0.layers.\(index)", configuration, level: level, in: &layout))
    }
    self.blocks = blocks
    if level == configuration.hierarchies - 1 {
      aggregation = nil
    } else {
      let dim = configuration.dim(level: level)
      aggregation = Aggregation(
        convolution: Convolution3x3(key + ".1.0", inputs: dim, outputs: 2 * dim, in: &layout),
        norm: ChannelNorm(key + ".1.1", channels: 2 * dim, in: &layout))
    }
  }

  /// [samples · side², dim] → [samples · (side/2)², 2 · dim]; the last level keeps its shape.
  func callAsFunction<Backend>(
    _ x: Variable<Backend>, dropout: inout DropoutSequence, on tape: Tape<Backend>
  ) -> Variable<Backend> {
    var x = tape.addPositions(x, positions, map: map)
    for block in blocks { x = block(x, map: map, dropout: &dropout, on: tape) }
    guard let aggregation else { return x }
    x = aggregation.convolution(x, side: map.side, on: tape)
    return tape.maxPool(aggregation.norm(x, on: tape), side: map.side)
  }
}

/// Numbers the dropouts of one forward pass; without a generator nothing is dropped.
struct DropoutSequence {
  let generator: CounterGenerator?
  let probability: Double
  private var layer = 0

  init(generator: CounterGenerator?, probability: Double) {
    self.generator = probability > 0 ? generator : nil
    self.probability = probability
  }

  mutating func next() -> DropoutKey? {
    layer += 1
    return generator.map { DropoutKey(generator: $0, layer: layer, probability: probability) }
  }
}
