/// Every operation that a tape can differentiate. The tests hold a gradient check for each.
public enum TapeOperation: String, CaseIterable, Sendable {
  case linear, gelu, norm, add, addPositions, attention, convolution, maxPool, mean, dropout
  case crossEntropy
  case softCrossEntropy
}
