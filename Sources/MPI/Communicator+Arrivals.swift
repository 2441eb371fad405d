import Dispatch

extension Communicator {
  /// Waits until all requests have ended, and sees whose ended last. (MPI_Test)
  ///
  /// - Parameters:
  ///   - arrivals: What comes from each of several ranks.
  ///   - others: Waited for too.
  /// - Returns: The index in `arrivals` of those that ended last, and the seconds for which they alone of
  ///   `arrivals` were waited for; nil if there are not two.
  /// - Throws: `MPIError.timeout` at the deadline.
  public func wait(_ arrivals: [[Request]], and others: [Request]) throws -> (
    index: Int, seconds: Double
  )? {
    var (open, rest) = (arrivals, others)
    var left = open.indices.filter { !open[$0].isEmpty }
    let isCompared = left.count > 1
    let operation = (left.first.flatMap { open[$0].first } ?? others.first)?.operation ?? ""
    var last: (index: Int, since: UInt64)?
    var end: UInt64 = 0
    try poll(operation) {
      for index in left { try progress(&open[index]) }
      let before = left.count
      left.removeAll { open[$0].isEmpty }
      if before > 1, left.count == 1 { last = (left[0], DispatchTime.now().uptimeNanoseconds) }
      if before > 0, left.isEmpty { end = DispatchTime.now().uptimeNanoseconds }
      try progress(&rest)
      return left.isEmpty && rest.isEmpty
    }
    // If the last two ended between two looks, nobody was waited for alone.
    guard isCompared, let last else { return nil }
    return (last.index, Double(end - last.since) * 1e-9)
  }
}
