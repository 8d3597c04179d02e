"""Animals in another language: zoo.py NAME TOKEN DESCRIPTORS."""

import os
import signal
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

NAME, TOKEN, DESCRIPTORS = (sys.argv + ["", "", ""])[1:4]


def say(text):
    print(text, file=sys.stderr, flush=True)


def forever():
    while True:
        time.sleep(3600)


def good(**options):
    import good as module

    module.serve(DESCRIPTORS, **options)


def changed(change):
    """A well-behaved plugin but for what change does to it."""
    import contract
    import good as module

    plugin = module.Plugin(contract.messages(DESCRIPTORS))
    methods, streams = plugin.methods(), plugin.streams()
    change(plugin, methods, streams)
    contract.serve(methods, streams)


def child(body):
    """A child made by fork alone: it has all that this process has."""
    if os.fork() == 0:
        for s in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGPIPE):
            signal.signal(s, signal.SIG_IGN)
        body()
        forever()


def daemon():
    def twice():
        os.setsid()
        if os.fork() > 0:
            os._exit(0)
        os.chdir("/")

    child(twice)


def traceback():
    import no_such_module  # noqa: F401


def rubbish():
    print("Acme for Python\x1b[2J, ready", flush=True)
    forever()


def unstoppable():
    for n in range(1, signal.NSIG):
        try:
            signal.signal(n, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
    forever()


def held():
    child(lambda: None)
    os._exit(7)


def exits_in_call(plugin, methods, streams):
    def leave(request, context):
        say("leaves in a call")
        os._exit(9)

    methods["/aisle.plugin.v1.Gate/Admit"] = leave


def late(plugin, methods, streams):
    def slow(request, context):
        time.sleep(9)
        return b""

    methods["/aisle.plugin.v1.Gate/Admit"] = slow


def stops_itself(plugin, methods, streams):
    def stop(request, context):
        os.kill(os.getpid(), signal.SIGSTOP)
        return b""

    methods["/aisle.plugin.v1.Plugin/Health"] = stop


def noise(plugin, methods, streams):
    methods["/aisle.plugin.v1.Plugin/Describe"] = lambda request, context: os.urandom(3000)


def huge(plugin, methods, streams):
    methods["/aisle.plugin.v1.Plugin/Describe"] = lambda request, context: b"\x0a\x80\x80\xc0\x02" + b"x" * (5 << 20)


def forges(plugin, methods, streams):
    """Reports under epochs and handles of others beside its own."""
    honest = plugin.batch

    def batch(sent):
        if "forged" not in sent:
            sent["forged"] = True
            import good as module

            for d in list(plugin.devices.values()):
                answer = plugin.message("ObserveResponse")()
                module.fill(answer.batch, module.Device(d.handle, d.epoch + 1, "shelf"), [(n, 1) for n in range(1, 50)])
                return answer.SerializeToString()
            del sent["forged"]
        return honest(sent)

    plugin.batch = batch


def flood(plugin, methods, streams):
    import threading

    def pour():
        for _ in range(1000):
            os.write(2, b"flood from afar " * 500 + b"\n")

    threading.Thread(target=pour, daemon=True).start()


def raises(plugin, methods, streams):
    def fail(request, context):
        raise RuntimeError("no motor\x1b[31m")

    methods["/aisle.plugin.v1.Gate/Admit"] = fail


ANIMALS = {
    "python: well-behaved": good,
    "python: well-behaved gate": good,
    "python: traceback": traceback,
    "python: exits": lambda: sys.exit("no licence"),
    "python: rubbish first": rubbish,
    "python: unstoppable": unstoppable,
    "python: child holds all, parent gone": held,
    "python: fork before it serves": lambda: (child(lambda: None), good()),
    "python: daemon": lambda: (daemon(), good()),
    "python: other contract": lambda: good(contract=3),
    "python: no TLS": lambda: good(secure=False),
    "python: leaves in a call": lambda: changed(exits_in_call),
    "python: raises in a call": lambda: changed(raises),
    "python: late": lambda: changed(late),
    "python: stops itself": lambda: changed(stops_itself),
    "python: describes itself in noise": lambda: changed(noise),
    "python: describes itself at length": lambda: changed(huge),
    "python: forges epochs": lambda: changed(forges),
    "python: floods standard error": lambda: changed(flood),
}

if __name__ == "__main__":
    ANIMALS[NAME]()
