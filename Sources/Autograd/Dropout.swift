import Compute

extension Tape {
  /// A mask of 0 and 1 / (1 − probability): a pure function of the key and of the element's place
  /// in the whole batch.
  func dropoutMask(_ key: DropoutKey, rows: Int, columns: Int) -> Backend.Matrix {
    let mask = backend.matrix(rows, columns)
    backend.dropoutMask(
      key, firstRow: shards.samples.lowerBound * shards.rowsPerSample(rows), into: mask)
    return mask
  }
}
