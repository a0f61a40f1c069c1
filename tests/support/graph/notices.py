class Notices:
    def __init__(self, house):
        pass

    def start(self, loop):
        pass
