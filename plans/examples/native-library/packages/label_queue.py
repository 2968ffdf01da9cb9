"""What waits for the printer; the oldest goes when it is full."""
import collections


class Queue:
    def __init__(self, limit):
        self._numbers = collections.deque(maxlen=limit)

    def put(self, number):
        self._numbers.append(number)
