import Files
import Foundation
import MPI
import RunStore
import Tasks
import Training

/// What a group's leader tells the coordinator.
enum WorkerMessage: Codable {
  /// The group is free.
  case request(group: Int)
  case progress(TrainingReport)
  /// A fold goes on from a checkpoint, with so many samples done.
  ///
  /// - Parameter losses: Of the epochs that are behind it.
  case resumed(group: Int, epoch: Int, step: Int, samples: Int, losses: [Double])
  case finished(group: Int, result: TaskResult, seconds: Double)
  /// The group's fold failed by its own numbers, on the leader's CPU and kernel of products.
  case failed(group: Int, failure: FoldFailure, cpu: String, kernel: String)
  /// The group was asked to stop: its fold, if it has one, is not done.
  ///
  /// - Parameters:
  ///   - isSaved: False if the state at the stop could not be written.
  ///   - signal: That the leader got; nil: none, or another rank of the group did.
  case stopped(group: Int, isSaved: Bool, signal: String?)
  /// The group has saved its fold's state for another group.
  case yielded(group: Int)
  /// The group was to yield and trains on, since its fold's state cannot be saved.
  case kept(group: Int)
  /// The rank that says it has left the group, which was given up.
  case survived(group: Int)
  /// The group has trained its fold, but cannot write its weights file.
  case cannotWrite(group: Int, error: FileError)
  /// The group's fold has not begun, since its checkpoints cannot be read now.
  case cannotRead(group: Int, error: FileError)

  /// Who says it.
  var group: Int {
    switch self {
    case .progress(let report): report.group
    case .request(let group), .resumed(let group, _, _, _, _),
      .finished(let group, _, _), .failed(let group, _, _, _), .stopped(let group, _, _),
      .yielded(let group), .kept(let group), .survived(let group),
      .cannotWrite(let group, _), .cannotRead(let group, _):
      group
    }
  }
}

extension WorkerMessage {
  init(_ bytes: [UInt8]) throws {
    if let report = TrainingReport(bytes) {
      self = .progress(report)
    } else {
      self = try JSONDecoder().decode(Self.self, from: Data(bytes))
    }
  }

  func bytes() throws -> [UInt8] {
    if case .progress(let report) = self { return report.bytes }
    return Array(try JSONEncoder().encode(self))
  }
}

/// Tags of the messages between coordinator and leaders.
enum Tag {
  static let worker = 10
  /// All that a leader is told: one tag, so that nothing overtakes anything.
  static let order = 11
  /// Of ranks that are about to form a group.
  static let meeting = 12
}

/// A message that nobody has received at the end of a job.
struct LeftoverMessage: Error, CustomStringConvertible {
  let sender: Int
  let tag: Int
  var description: String {
    "a message of rank \(sender) with tag \(tag) was never received: this is an error in htnet"
  }
}

extension Communicator {
  func receive<Message: Decodable>(_: Message.Type, from rank: Int, tag: Int) throws -> Message {
    try JSONDecoder().decode(Message.self, from: Data(receive(from: rank, tag: tag)))
  }

  /// Gives every rank the root's message.
  func broadcast<Message: Codable>(message: Message?) throws -> Message {
    let bytes = try message.map { Array(try JSONEncoder().encode($0)) } ?? []
    return try JSONDecoder().decode(Message.self, from: Data(broadcast(bytes)))
  }

  /// Makes sure that coordinator and leaders have heard all that was said.
  ///
  /// - Throws: `LeftoverMessage`.
  func requireSilence() throws {
    for tag in [Tag.worker, Tag.order] {
      if let message = try probe(tag: tag) {
        throw LeftoverMessage(sender: message.rank, tag: tag)
      }
    }
  }
}
