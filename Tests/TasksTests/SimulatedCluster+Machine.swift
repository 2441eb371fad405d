import TestSupport

extension SimulatedCluster {
  /// What the ranks are like.
  struct Machine {
    /// Of each rank, as a multiple of the usual.
    var speed: (Int) -> Double = { _ in 1 }
    /// How much faster so many ranks are.
    var speedup: (Int) -> Double = { Double($0) }
    /// Seconds from the word to yield until the group asks for work.
    var yielding = 0.0
    /// Seconds from the lease to the first step.
    var beginning = 0.0

    /// A second to save the state, and one to go on.
    static var usual: Machine { Machine(yielding: 1, beginning: 1) }

    /// Ranks of random speeds: of ten three are five times slower, and the others lose up to four tenths.
    static func stragglers(seed: UInt64) -> Machine {
      var machine = usual
      machine.speed = { rank in
        var random = SeededGenerator(seed: seed << 32 + UInt64(rank))
        let isSlow = Double.random(in: 0..<1, using: &random) < 0.3
        return isSlow ? slow : .random(in: 0.6...1, using: &random)
      }
      return machine
    }

    /// The speed of a straggler.
    static let slow = 0.2
  }

  /// What goes wrong.
  struct Troubles {
    var random: SeededGenerator
    /// Leases that end early, as a share of all.
    let perLease: Double
    /// Ranks that die during the job; one stays.
    let deaths: Int

    init(seed: UInt64, perLease: Double, deaths: Int = 0) {
      random = SeededGenerator(seed: seed)
      self.perLease = perLease
      self.deaths = deaths
    }
  }
}
