import Foundation
import Synchronization
import XCTest

extension XCTestCase {
  /// Does something for each of several cases that share nothing, at the same time: for as many at once as there
  /// are cores. It is for cases that mostly wait.
  ///
  /// - Throws: One of their errors, when all have ended.
  public func sideBySide<Case>(_ cases: [Case], _ body: (Case) throws -> Void) throws {
    let errors = Mutex<[any Error]>([])
    withoutActuallyEscaping(body) { body in
      // Unsafe: each case is for one thread alone, and this one waits for all.
      nonisolated(unsafe) let (cases, body) = (cases, body)
      DispatchQueue.concurrentPerform(iterations: cases.count) { index in
        do { try body(cases[index]) } catch { errors.withLock { $0.append(error) } }
      }
    }
    if let error = errors.withLock(\.first) { throw error }
  }
}
