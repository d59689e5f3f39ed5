/** The texts that the sample conversations are made of: written for this purpose, about nobody. */
export interface Language {
  code: string;
  /** How often it is spoken, relative to the others. */
  weight: number;
  questions: readonly string[];
  sentences: readonly string[];
}

const english: Language = {
  code: 'en',
  weight: 7,
  questions: [
    'Where is my parcel? It was due on Monday.',
    'How do I export last month as a spreadsheet?',
    'Can I change the delivery address after paying?',
    'The app says "session expired" each time I open it.',
    'Please summarise the attached minutes in three bullet points.',
    'Why was I charged twice? 😟',
  ],
  sentences: [
    'I have looked into it for you.',
    'Your order left the warehouse this morning and should arrive within two days.',
    'Open Settings → Exports, choose a period and press "Export"; the file arrives by e-mail.',
    'Here is what I found:\n- the first payment failed\n- the second one went through\n- nothing else is open',
    'If that does not help, please tell me which browser you use.',
    'You are welcome! 🎉',
  ],
};

const german: Language = {
  code: 'de',
  weight: 3,
  questions: [
    'Wo bleibt meine Bestellung? Sie sollte am Montag da sein.',
    'Wie kündige ich mein Abo zum Monatsende?',
    'Kann ich die Rechnung auf eine andere Firma ausstellen lassen?',
    'Warum heißt es „Sitzung abgelaufen“, sobald ich die App öffne?',
    'Bitte fasse das Protokoll in drei Stichpunkten zusammen.',
    'Mir wurde zweimal Geld abgebucht 😠',
  ],
  sentences: [
    'Das habe ich für Sie geprüft.',
    'Ihre Bestellung hat das Lager heute früh verlassen und kommt voraussichtlich übermorgen an.',
    'Öffnen Sie „Einstellungen“ → „Exporte“ und wählen Sie den gewünschten Zeitraum.',
    'Die zweite Abbuchung war ein Fehler; der Betrag von 49,90 € wird zurückgebucht.',
    'Falls das nicht hilft, nennen Sie mir bitte die Größe der Datei.',
    'Gern geschehen! 🙂',
  ],
};

const french: Language = {
  code: 'fr',
  weight: 2,
  questions: [
    'Où est mon colis ? Il devait arriver lundi.',
    'Comment télécharger la facture du mois dernier ?',
    "Puis-je changer l'adresse de livraison après le paiement ?",
    "L'application affiche « session expirée » à chaque ouverture.",
    'Résume le compte rendu en trois points, s’il te plaît.',
    'Pourquoi ai-je été débité deux fois ? 😟',
  ],
  sentences: [
    "J'ai vérifié votre dossier.",
    'Votre commande a quitté l’entrepôt ce matin et arrivera sous deux jours.',
    'Ouvrez « Réglages » puis « Exportations » et choisissez la période souhaitée.',
    'Le second prélèvement était une erreur : la somme vous sera rendue.',
    'Si cela ne suffit pas, dites-moi quel navigateur vous utilisez.',
    'Avec plaisir ! 🥐',
  ],
};

const spanish: Language = {
  code: 'es',
  weight: 2,
  questions: [
    '¿Dónde está mi pedido? Tenía que llegar el lunes.',
    '¿Cómo descargo la factura del mes pasado?',
    '¿Puedo cambiar la dirección después de pagar?',
    'La aplicación dice «sesión caducada» cada vez que la abro.',
    'Resume el acta en tres puntos, por favor.',
    '¡Me han cobrado dos veces! 😡',
  ],
  sentences: [
    'Ya lo he comprobado.',
    'Su pedido salió del almacén esta mañana y llegará en dos días.',
    'Abra Ajustes → Exportaciones y elija el período que desee.',
    'El segundo cargo fue un error y se le devolverá el importe.',
    'Si no funciona, dígame qué navegador usa, por favor.',
    '¡De nada! 💃',
  ],
};

const japanese: Language = {
  code: 'ja',
  weight: 2,
  questions: [
    '荷物はどこですか?月曜日に届くはずでした。',
    '先月の請求書をダウンロードするにはどうすればいいですか?',
    '支払い後に配送先を変更できますか?',
    'アプリを開くたびに「セッションの有効期限が切れました」と表示されます。',
    '議事録を三つの箇条書きにまとめてください。',
    '二重に請求されました😢',
  ],
  sentences: [
    '確認いたしました。',
    'ご注文の商品は今朝倉庫を出発し、二日以内に到着する予定です。',
    '「設定」→「エクスポート」を開き、期間を選択してください。',
    '二回目の請求は誤りでしたので、全額返金いたします。',
    '解決しない場合は、お使いのブラウザを教えてください。',
    'どういたしまして!🌸',
  ],
};

const chinese: Language = {
  code: 'zh',
  weight: 2,
  questions: [
    '我的包裹在哪里?本来应该星期一到。',
    '怎样导出上个月的表格?',
    '付款之后还能更改收货地址吗?',
    '每次打开应用都显示“会话已过期”。',
    '请把会议纪要总结成三个要点。',
    '为什么扣了我两次钱?😤',
  ],
  sentences: [
    '已经为您查询。',
    '您的订单今天早上已离开仓库,预计两天内送达。',
    '请打开“设置”→“导出”,然后选择时间范围。',
    '第二笔扣款是我们的错误,款项会退回给您。',
    '如果仍有问题,请告诉我您使用的浏览器。',
    '不客气!👍🏽',
  ],
};

const arabic: Language = {
  code: 'ar',
  weight: 1,
  questions: [
    'أين طلبي؟ كان من المفترض أن يصل يوم الاثنين.',
    'كيف أنزّل فاتورة الشهر الماضي؟',
    'هل يمكنني تغيير عنوان التسليم بعد الدفع؟',
    'يظهر لي أن الجلسة انتهت كلما فتحت التطبيق.',
    'لخّص المحضر في ثلاث نقاط من فضلك.',
    'لماذا خُصم المبلغ مرتين؟ 😕',
  ],
  sentences: [
    'لقد تحققت من الأمر.',
    'غادر طلبك المستودع هذا الصباح وسيصل خلال يومين.',
    'افتح الإعدادات ثم التصدير واختر الفترة المطلوبة.',
    'كان الخصم الثاني خطأ وسيُعاد المبلغ إليك.',
    'إذا لم ينجح ذلك فأخبرني أي متصفح تستخدم.',
    'على الرحب والسعة! 🌙',
  ],
};

const hindi: Language = {
  code: 'hi',
  weight: 1,
  questions: [
    'मेरा पार्सल कहाँ है? उसे सोमवार को आना था।',
    'पिछले महीने का बिल कैसे डाउनलोड करूँ?',
    'क्या भुगतान के बाद पता बदला जा सकता है?',
    'ऐप खोलते ही "सत्र समाप्त" लिखा आता है।',
    'कृपया बैठक का सार तीन बिंदुओं में लिखें।',
    'मुझसे दो बार पैसे क्यों लिए गए? 😟',
  ],
  sentences: [
    'मैंने जाँच कर ली है।',
    'आपका ऑर्डर आज सुबह गोदाम से निकल गया और दो दिन में पहुँचेगा।',
    'सेटिंग → निर्यात खोलें और अवधि चुनें।',
    'दूसरा भुगतान गलती से हुआ था; राशि लौटा दी जाएगी।',
    'अगर इससे काम न बने तो ब्राउज़र का नाम बताएँ।',
    'आपका स्वागत है! 🙏',
  ],
};

export const languages: readonly Language[] = [english, german, french, spanish, japanese, chinese, arabic, hindi];
export const questionsPerLanguage = 6;
export const sentencesPerLanguage = 6;
