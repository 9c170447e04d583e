"""What the floors below say to a participant, so that it is translated with the pages that show it."""

from flask_babel import lazy_gettext as _

# The texts stand where they are raised; a page asks for their translation by the text itself.
SAID = (
    _("Give a first name. Any name that you answer to will do."),
    _("Give an e-mail address or a telephone number."),
    _("Give an e-mail address like name@example.com."),
    _("Give a telephone number like 07700 900123."),
    _("Walks are for people of 18 or over. Tick the box if you are."),
    _("Choose the ward where you live or work."),
    _("Choose a group or a walk of your own."),
    _("Choose from the times on the list."),
    _("There is no such ward. Choose one from the list."),
    _("This page was open for more than a day. Open it again and send it."),
    _("This form did not arrive whole. Open the page again and send it."),
    _("That is a lot of requests for one day. Try again tomorrow, or call us."),
    _("This walk is not open to join (any more). Choose another."),
    _("This walk has begun already. Choose another."),
    _("There is no walk on offer (any more). Ask for another time."),
    _("There is no walk on offer. Cancel, or ask for another time."),
    _("This request is over. Make a new one."),
    _("This walk has been. You can still have your details erased."),
    _("You can say how it was once the walk has been."),
    _("Choose one answer from 1 to 5."),
    _("Choose an answer to each question."),
)
PREFERRED = {
    "weekday_morning": _("Weekday mornings"),
    "weekday_daytime": _("Weekdays, in the day"),
    "weekday_evening": _("Weekday evenings"),
    "weekend_morning": _("Weekend mornings"),
    "weekend_daytime": _("Weekends, in the day"),
    "weekend_evening": _("Weekend evenings"),
}
