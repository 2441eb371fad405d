import Files
import Foundation
import MPI
import RunStore

/// What a group's leader tells the coordinator.
enum WorkerMessage: Codable {
  /// The group is free.
  case request(group: Int)
  /// - Parameters:
  ///   - samples: Trained on since the last message.
  ///   - seconds: Of the longest step so far.
  case progress(group: Int, epoch: Int, loss: Double, samples: Int, seconds: Double)
  /// A fold goes on from a checkpoint, with so many samples done.
  case resumed(group: Int, epoch: Int, step: Int, samples: Int)
  case finished(group: Int, result: FoldResult, seconds: Double)
  /// The group stopped before its fold was done.
  ///
  /// - Parameter isSaved: Whether the state at the stop is on disk, or there is none.
  case stopped(group: Int, isSaved: Bool)
  /// The group's fold is trained, but a file of it cannot be written.
  case cannotWrite(group: Int, error: FileError)
  /// The group's fold has not begun, since its checkpoints cannot be read now.
  case cannotRead(group: Int, error: FileError)

  /// Who says it.
  var group: Int {
    switch self {
    case .request(let group), .progress(let group, _, _, _, _), .resumed(let group, _, _, _),
      .finished(let group, _, _), .stopped(let group, _), .cannotWrite(let group, _),
      .cannotRead(let group, _):
      group
    }
  }
}

/// What the coordinator tells a leader, and a leader its group.
enum Order: Codable, Equatable {
  /// Train the fold at this place in the plan.
  case train(Int)
  /// Ask again soon.
  case wait
  /// There is nothing left to do.
  case end
}

/// Tags of the messages between coordinator and leaders.
enum Tag {
  static let worker = 10
  static let order = 11
  /// An empty message: stop after the step that runs.
  static let stop = 12
}

extension Communicator {
  func send(message: some Encodable, to rank: Int, tag: Int) throws {
    let bytes: [UInt8] = Array(try JSONEncoder().encode(message))
    try send(bytes, to: rank, tag: tag)
  }

  func receive<Message: Decodable>(_: Message.Type, from rank: Int, tag: Int) throws -> Message {
    try JSONDecoder().decode(Message.self, from: Data(receive(from: rank, tag: tag)))
  }

  /// Gives every rank the root's message.
  func broadcast<Message: Codable>(message: Message?) throws -> Message {
    let bytes = try message.map { Array(try JSONEncoder().encode($0)) } ?? []
    return try JSONDecoder().decode(Message.self, from: Data(broadcast(bytes)))
  }
}
