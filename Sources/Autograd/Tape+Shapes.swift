import Compute
import Requirements

// What the operations require of their operands. The loops below them read and write where they are
// told to.
extension Tape {
  /// Requires whole maps of `positions` tokens, one of each of the tape's samples.
  func requireMaps(_ x: Variable<Backend>, positions: Int) {
    require(
      positions > 0 && x.value.rows == shards.samples.count * positions,
      "\(x.value.rows) rows for \(shards.samples.count) samples of \(positions) positions")
  }

  /// Requires one value an output of `weight`, if there is a `vector` at all.
  func requireVector(_ vector: Parameter?, of outputs: Int, for weight: Parameter) {
    guard let vector else { return }
    require(
      vector.count == outputs,
      "\(vector.name) of \(vector.count) values for \(outputs) outputs of \(weight.name)")
  }
}

extension BackendMatrix {
  /// Rows and columns, for messages.
  var shape: String { "[\(rows), \(columns)]" }
}
